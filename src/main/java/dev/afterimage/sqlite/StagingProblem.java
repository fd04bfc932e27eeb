package dev.afterimage.sqlite;

import dev.afterimage.bytes.NoSpace;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A staging file could not be written or read back. It is deleted; the source is as it was. */
public final class StagingProblem {

    private StagingProblem() {}

    /** What the operating system's refusal means: there is no room, or it says why not. */
    public static ProblemException of(Path path, IOException e) {
        return NoSpace.isReasonFor(e) ? full(path, e) : unusable(path, String.valueOf(e.getMessage()), e);
    }

    /** No space is left for it. */
    public static ProblemException full(Path path, @Nullable Throwable cause) {
        return problem(
                ProblemCode.STORAGE_FULL,
                path,
                "cannot grow: no space is left on its file system",
                "Free space in the staging directory, which needs as much as the database has.",
                cause);
    }

    /** The operating system refused it, or did not keep what was written. */
    public static ProblemException unusable(Path path, String why, @Nullable Throwable cause) {
        return problem(
                ProblemCode.STORAGE_UNREACHABLE,
                path,
                "cannot be used: " + why,
                "See that the staging directory can be written, that no quota or file size limit"
                        + " (ulimit -f) is in the way, and that the disk is healthy.",
                cause);
    }

    private static ProblemException problem(
            ProblemCode code, Path path, String what, String hint, @Nullable Throwable cause) {
        var detail = "The staging file " + path + " " + what;
        return new ProblemException(Problem.of(code, detail, hint, Map.of("path", path.toString())), cause);
    }
}
