package dev.afterimage.repository;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.FaultyStorage;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.local.LocalStorage;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Processes that make sealed repositories, or change the key of one, again and again, until they are killed: at any moment, but the first of each
 * kind where it stands between two steps.
 */
public final class KeyChangeProcess {

    private KeyChangeProcess() {}

    /** @param directory with the key files {@code first} and {@code second}, and the repository */
    public static void runAndKill(Path directory, int seed) throws Exception {
        KilledProcess.run(
                new Random(seed).nextLong(40_000_000), Changing.class, directory.toString(), String.valueOf(seed == 0));
    }

    /** Makes sealed repositories in directories named by their ids. */
    public static void makeAndKill(Path directory, Path parent, int seed) throws Exception {
        KilledProcess.run(
                new Random(seed).nextLong(40_000_000),
                Making.class,
                directory.resolve("first").toString(),
                parent.toString(),
                String.valueOf(seed == 0));
    }

    /** One that stays for ever before some call, once the parent waits for the kill. */
    private static Storage standing(Storage storage, String method, BooleanSupplier stands) {
        return new FaultyStorage(storage, call -> {
            while (call.method().equals(method) && stands.getAsBoolean()) {
                LockSupport.park();
            }
        });
    }

    static final class Making {

        public static void main(String[] arguments) {
            var secret = Secret.keyFile(Path.of(arguments[0]));
            boolean stands = Boolean.parseBoolean(arguments[2]);
            for (long number = 0; true; number++) {
                var id = new UUID(0, number);
                boolean here = stands && number > 3;
                var there = new LocalStorage(Path.of(arguments[1]).resolve(id.toString()), 0);
                var storage = standing(there, "identify", () -> here);
                new Vault(storage, () -> Optional.of(secret), Clock.systemUTC()).identify(id);
                if (number == 3) {
                    System.out.println("saving");
                }
            }
        }
    }

    static final class Changing {

        public static void main(String[] arguments) {
            var directory = Path.of(arguments[0]);
            var first = Secret.keyFile(directory.resolve("first"));
            var second = Secret.keyFile(directory.resolve("second"));
            var there = new LocalStorage(directory.resolve("repository"), 0);
            var waits = new AtomicBoolean();
            boolean stands = Boolean.parseBoolean(arguments[1]);
            var storage = standing(there, "delete", () -> stands && waits.get());
            for (long number = 0; true; number++) {
                var by = opens(storage, first) ? first : second;
                var to = by == first ? second : first;
                var added = vault(storage, by).addKey(to, "");
                for (var key : vault(storage, to).keys()) {
                    if (!key.id().equals(added.id())) {
                        vault(storage, to).removeKey(key.id());
                    }
                }
                if (number == 3) {
                    waits.set(true);
                    System.out.println("saving");
                }
            }
        }

        private static boolean opens(Storage storage, Secret secret) {
            try {
                return vault(storage, secret).isSealed();
            } catch (ProblemException e) {
                return false;
            }
        }

        private static Vault vault(Storage storage, Secret secret) {
            return new Vault(storage, () -> Optional.of(secret), Clock.systemUTC());
        }
    }
}
