package dev.afterimage.sqlite;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The staging file could not be written or read back. It is deleted; the source is as it was. */
public abstract sealed class StagingException extends ProblemException {

    private final Path path;

    private StagingException(ProblemCode code, Path path, String what, @Nullable Throwable cause) {
        super(code, "The staging file " + path + " " + what, cause);
        this.path = path;
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("path", path.toString());
    }

    /** No space left for it. */
    public static final class Full extends StagingException {

        Full(Path path, @Nullable Throwable cause) {
            super(ProblemCode.STORAGE_FULL, path, "cannot grow: no space is left on its file system", cause);
        }

        @Override
        protected String hint() {
            return "Free space in the staging directory, which needs as much as the database has.";
        }
    }

    /** The operating system refused it, or did not keep what was written. */
    public static final class Unusable extends StagingException {

        Unusable(Path path, String why, @Nullable Throwable cause) {
            super(ProblemCode.STORAGE_UNREACHABLE, path, "cannot be used: " + why, cause);
        }

        @Override
        protected String hint() {
            return "See that the staging directory can be written, that no quota or file size limit"
                    + " (ulimit -f) is in the way, and that the disk is healthy.";
        }
    }
}
