package dev.afterimage.restore;

import dev.afterimage.sqlite.StagingProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A snapshot as a database file that nobody writes, deleted on {@link #close}.
 *
 * @param file to be opened as immutable: then nothing appears beside it
 */
public record StagedSnapshot(Path file) implements AutoCloseable {

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
