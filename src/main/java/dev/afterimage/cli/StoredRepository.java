package dev.afterimage.cli;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.Storages;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** What must be a repository already, and what opens it. Closing it removes what writing leaves on this machine; who only reads leaves nothing. */
final class StoredRepository implements AutoCloseable {

    private static final String MANIFESTS = "manifests";
    private static final String KEYS = "keys";

    private final Location location;
    private final Supplier<Optional<Secret>> secret;
    private final Path unsent = Path.of(System.getProperty("java.io.tmpdir"), "afterimage-unsent-" + UUID.randomUUID());

    /** @param secret asked for each time when keys are tried */
    StoredRepository(Location location, Supplier<Optional<Secret>> secret) {
        this.location = location;
        this.secret = secret;
    }

    /**
     * Opens it for reading; nothing in it is created or changed.
     *
     * @throws ProblemException when it is no repository, or what opens it is not given
     */
    Repository open() {
        return open(openVault());
    }

    /** The same, of a vault that {@link #openVault} gave. */
    static Repository open(Vault vault) {
        return new Repository(vault, Clock.systemUTC());
    }

    /** The same, as what a whole service is made of. A wrong passphrase is told of before anything is read. */
    Vault openVault() {
        requireFolder(MANIFESTS);
        var vault = vault(secret);
        new Repository(vault, Clock.systemUTC()).requirePresence();
        return vault;
    }

    /** The same for its keys alone: it need not have snapshots yet. */
    Vault openKeys() {
        requireFolder(KEYS, MANIFESTS);
        return vault(secret);
    }

    /** The same, opened by another secret. */
    Vault openKeys(Secret by) {
        return vault(() -> Optional.of(by));
    }

    private Vault vault(Supplier<Optional<Secret>> by) {
        return new Vault(storage(), by, Clock.systemUTC());
    }

    private Storage storage() {
        return Storages.open(location, ServiceEnvironment.s3(), ServiceEnvironment.sftp(), unsent, 0, null);
    }

    private void requireFolder(String... oneOf) {
        switch (location) {
            case Location.Directory(Path directory) -> {
                for (var folder : oneOf) {
                    if (Files.isDirectory(directory.resolve(folder))) {
                        return;
                    }
                }
                throw ChoiceProblem.notARepository(location, whyNot(directory));
            }
            case Location.Bucket _, Location.Server _ -> {
                if (storage().identity().isEmpty()) {
                    throw ChoiceProblem.notARepository(location, "there is no repository.json");
                }
            }
        }
    }

    private static String whyNot(Path directory) {
        if (!Files.isDirectory(directory)) {
            return "there is no such directory";
        }
        var inHome = directory.resolve("repository");
        return Files.isDirectory(inHome.resolve(MANIFESTS))
                ? "that is the service's home; the repository is " + inHome
                : "it has no directory manifests";
    }

    @Override
    public void close() {
        if (Files.isDirectory(unsent)) {
            try (var files = Files.walk(unsent)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("%s cannot be removed".formatted(unsent), e);
            }
        }
    }
}
