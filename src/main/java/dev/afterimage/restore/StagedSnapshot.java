package dev.afterimage.restore;

import dev.afterimage.sqlite.StagingProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * A snapshot as a database file that nobody writes, deleted on {@link #close}.
 *
 * @param file to be opened as immutable: then nothing appears beside it
 * @param copiesRead the copies of the repository from which some of it came
 */
public record StagedSnapshot(Path file, Set<String> copiesRead) implements AutoCloseable {

    public StagedSnapshot {
        copiesRead = Set.copyOf(copiesRead);
    }

    StagedSnapshot(Path file) {
        this(file, Set.of());
    }

    /** @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when it cannot be deleted */
    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }
}
