package dev.afterimage.cli;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.LocalStorage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** A directory that must be a repository already, and what opens it, as the command line says. */
final class RepositoryDirectory {

    private static final String MANIFESTS = "manifests";
    private static final String KEYS = "keys";

    @Option(
            names = "--repository",
            required = true,
            paramLabel = "DIR",
            description =
                    "The repository: the directory with manifests/ and layers/, such as repository/ in the service's home.")
    private Path directory = Path.of("");

    @ArgGroup
    private @Nullable Opener opener;

    private static final class Opener {

        @Option(
                names = "--passphrase-file",
                paramLabel = "FILE",
                description =
                        "A file with a passphrase of a sealed repository. Default: AFTERIMAGE_REPOSITORY_PASSPHRASE_FILE,"
                                + " or the passphrase in AFTERIMAGE_REPOSITORY_PASSPHRASE.")
        private @Nullable Path passphraseFile;

        @Option(
                names = "--key-file",
                paramLabel = "FILE",
                description = "A key file of a sealed repository. Default: AFTERIMAGE_REPOSITORY_KEY_FILE.")
        private @Nullable Path keyFile;
    }

    /**
     * Opens it for reading; nothing in it is created or changed.
     *
     * @throws ProblemException when it is no repository, or what opens it is not given
     */
    Repository open() {
        if (!Files.isDirectory(directory.resolve(MANIFESTS))) {
            throw ChoiceProblem.notARepository(directory, whyNot(directory));
        }
        var repository = new Repository(vault(), Clock.systemUTC());
        repository.requirePresence(); // a wrong passphrase is told of before anything is read
        return repository;
    }

    /** The same for its keys alone: it need not have snapshots yet. */
    Vault openKeys() {
        if (!Files.isDirectory(directory.resolve(KEYS)) && !Files.isDirectory(directory.resolve(MANIFESTS))) {
            throw ChoiceProblem.notARepository(directory, whyNot(directory));
        }
        return vault();
    }

    /** The same, opened by another secret. */
    Vault openKeys(Secret by) {
        return new Vault(new LocalStorage(directory, 0), () -> Optional.of(by), Clock.systemUTC());
    }

    private Vault vault() {
        return new Vault(new LocalStorage(directory, 0), this::secret, Clock.systemUTC());
    }

    private Optional<Secret> secret() {
        var given = opener;
        if (given != null) {
            return given.passphraseFile != null
                    ? Optional.of(Secret.passphraseFile(given.passphraseFile))
                    : Optional.ofNullable(given.keyFile).map(Secret::keyFile);
        }
        return environment("PASSPHRASE", Secret::passphrase)
                .or(() -> environment("PASSPHRASE_FILE", file -> Secret.passphraseFile(Path.of(file))))
                .or(() -> environment("KEY_FILE", file -> Secret.keyFile(Path.of(file))));
    }

    private static Optional<Secret> environment(String name, Function<String, Secret> secret) {
        return Optional.ofNullable(System.getenv("AFTERIMAGE_REPOSITORY_" + name))
                .map(secret);
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
}
