package dev.afterimage.cli;

import dev.afterimage.repository.Repository;
import dev.afterimage.storage.LocalStorage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;

/** A directory that must be a repository already. */
final class RepositoryDirectory {

    private static final String MANIFESTS = "manifests";

    /**
     * Opens it for reading; nothing in it is created or changed.
     *
     * @throws ProblemException when it is no repository
     */
    static Repository open(Path directory) {
        if (!Files.isDirectory(directory.resolve(MANIFESTS))) {
            throw ChoiceProblem.notARepository(directory, whyNot(directory));
        }
        return new Repository(new LocalStorage(directory, 0), Clock.systemUTC());
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

    private RepositoryDirectory() {}
}
