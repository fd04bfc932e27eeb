package dev.afterimage.repository;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.LocalStorage;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.Random;

/** A process that changes the key of a repository again and again, until it is killed. */
public final class KeyChangeProcess {

    private KeyChangeProcess() {}

    /** @param directory with the key files {@code first} and {@code second}, and the repository */
    public static void runAndKill(Path directory, int seed) throws Exception {
        KilledProcess.run(new Random(seed).nextLong(40_000_000), Changing.class, directory.toString());
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
