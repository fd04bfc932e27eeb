package dev.afterimage.repository;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.LocalStorage;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** Processes that make sealed repositories, or change the key of one, again and again, until they are killed. */
public final class KeyChangeProcess {

    private KeyChangeProcess() {}

    /** @param directory with the key files {@code first} and {@code second}, and the repository */
    public static void runAndKill(Path directory, int seed) throws Exception {
        KilledProcess.run(new Random(seed).nextLong(40_000_000), Changing.class, directory.toString());
    }

    /** Makes sealed repositories in directories named by their ids. */
    public static void makeAndKill(Path directory, Path parent, int seed) throws Exception {
        KilledProcess.run(
                new Random(seed).nextLong(40_000_000),
                Making.class,
                directory.resolve("first").toString(),
                parent.toString());
    }

    static final class Making {

        public static void main(String[] arguments) {
            var secret = Secret.keyFile(Path.of(arguments[0]));
            for (long number = 0; true; number++) {
                var id = new UUID(0, number);
                var storage = new LocalStorage(Path.of(arguments[1]).resolve(id.toString()), 0);
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
            var storage = new LocalStorage(directory.resolve("repository"), 0);
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
                    System.out.println("saving");
                }
            }
        }

        private static boolean opens(LocalStorage storage, Secret secret) {
            try {
                return vault(storage, secret).isSealed();
            } catch (ProblemException e) {
                return false;
            }
        }

        private static Vault vault(LocalStorage storage, Secret secret) {
            return new Vault(storage, () -> Optional.of(secret), Clock.systemUTC());
        }
    }
}
