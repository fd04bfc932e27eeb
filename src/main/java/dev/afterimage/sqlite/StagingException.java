package dev.afterimage.sqlite;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The staging file could not be written or read back. It is deleted; the source is as it was. */
public abstract sealed class StagingException extends ProblemException {

    /** What Linux and macOS say for <a href="https://man7.org/linux/man-pages/man3/errno.3.html">ENOSPC and EDQUOT</a>. */
    private static final String NO_SPACE = "No space left on device";

    private static final String OVER_QUOTA = "quota exceeded";

    private final Path path;

    private StagingException(ProblemCode code, Path path, String what, @Nullable Throwable cause) {
        super(code, "The staging file " + path + " " + what, cause);
        this.path = path;
    }

    /** What the operating system's refusal means: there is no room, or it says why not. */
    public static StagingException of(Path path, IOException e) {
        var why = String.valueOf(e.getMessage());
        return why.contains(NO_SPACE) || why.contains(OVER_QUOTA) ? new Full(path, e) : new Unusable(path, why, e);
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("path", path.toString());
    }

    /** No space left for it. */
    public static final class Full extends StagingException {

        public Full(Path path, @Nullable Throwable cause) {
            super(ProblemCode.STORAGE_FULL, path, "cannot grow: no space is left on its file system", cause);
        }

        @Override
        protected String hint() {
            return "Free space in the staging directory, which needs as much as the database has.";
        }
    }

    /** The operating system refused it, or did not keep what was written. */
    public static final class Unusable extends StagingException {

        public Unusable(Path path, String why, @Nullable Throwable cause) {
            super(ProblemCode.STORAGE_UNREACHABLE, path, "cannot be used: " + why, cause);
        }

        @Override
        protected String hint() {
            return "See that the staging directory can be written, that no quota or file size limit"
                    + " (ulimit -f) is in the way, and that the disk is healthy.";
        }
    }
}
