package dev.afterimage.restore;

import dev.afterimage.sqlite.StagingProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** A snapshot as a database file that nobody writes, there until {@link #close}. */
public final class StagedSnapshot implements AutoCloseable {

    private final Path file;
    private final Set<String> copiesRead;
    private final Runnable end;

    /** @param end done on {@link #close} */
    StagedSnapshot(Path file, Set<String> copiesRead, Runnable end) {
        this.file = file;
        this.copiesRead = Set.copyOf(copiesRead);
        this.end = end;
    }

    /** Deleted on {@link #close}. */
    static StagedSnapshot alone(Path file, Set<String> copiesRead) {
        return new StagedSnapshot(file, copiesRead, () -> delete(file));
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }

    /** To be opened as immutable: then nothing appears beside it. Others may look into it, too. */
    public Path file() {
        return file;
    }

    /** The copies of the repository from which some of it came. */
    public Set<String> copiesRead() {
        return copiesRead;
    }

    /** @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when what is not wanted any more cannot be deleted */
    @Override
    public void close() {
        end.run();
    }
}
