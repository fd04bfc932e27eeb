package dev.afterimage.repository;

import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Both kinds of repositories: what is promised of one, the other one keeps too. */
public enum Sealing {
    PLAIN {
        @Override
        public Vault vault(Storage storage, List<Vault.Copy> copies) {
            return new Vault(storage, Optional::empty, copies, Clock.systemUTC());
        }
    },

    /** With a key file, which costs no time as a passphrase does. */
    SEALED {
        @Override
        public Vault vault(Storage storage, List<Vault.Copy> copies) {
            var vault = new Vault(storage, () -> Optional.of(SECRET), copies, Clock.systemUTC());
            if (copies.isEmpty()) {
                vault.identify(UUID.randomUUID());
            }
            return vault;
        }
    };

    private static final Secret SECRET = secret();

    private static Secret secret() {
        try {
            var directory = Files.createTempDirectory("sealing");
            var file = directory.resolve("key");
            var secret = Secret.newKeyFile(file);
            Files.delete(file);
            Files.delete(directory);
            return secret;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Vault vault(Storage storage) {
        return vault(storage, List.of());
    }

    /** @param copies where there are any, the repository is made already */
    public abstract Vault vault(Storage storage, List<Vault.Copy> copies);

    public Repository on(Storage storage) {
        return new Repository(vault(storage), Clock.systemUTC());
    }
}
