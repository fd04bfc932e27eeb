package dev.afterimage.storage;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The storage did not do what it was asked. What it leaves behind, the method that throws it says. */
public abstract sealed class StorageException extends ProblemException {

    private StorageException(ProblemCode code, String detail, @Nullable Throwable cause) {
        super(code, detail, cause);
    }

    /** No room: the file system is full, or the storage's quota is used up. */
    public static final class Full extends StorageException {
        Full(String detail, @Nullable Throwable cause) {
            super(ProblemCode.STORAGE_FULL, detail, cause);
        }
    }

    /** Something on the storage, such as an object on a bad sector, cannot be read or written. */
    public static final class Unreachable extends StorageException {
        Unreachable(String detail, Throwable cause) {
            super(ProblemCode.STORAGE_UNREACHABLE, detail, cause);
        }
    }

    /** An object that was asked for is not there. */
    public static final class Missing extends StorageException {
        Missing(String detail, Throwable cause) {
            super(ProblemCode.SNAPSHOT_DAMAGED, detail, cause);
        }
    }

    /** The storage as a whole is not there, or what is there is another one. Nothing is known of its objects then. */
    public static final class Away extends StorageException {

        private final @Nullable UUID expected;
        private final @Nullable UUID found;

        private Away(String detail, @Nullable UUID expected, @Nullable UUID found, @Nullable Throwable cause) {
            super(ProblemCode.STORAGE_UNREACHABLE, detail, cause);
            this.expected = expected;
            this.found = found;
        }

        static Away other(Path root, @Nullable UUID expected, @Nullable UUID found) {
            var there = found == null ? "no repository" : "repository " + found;
            var wanted = expected == null ? "and none is adopted yet" : "instead of repository " + expected;
            return new Away("There is %s at %s, %s".formatted(there, root, wanted), expected, found, null);
        }

        static Away unreadable(Path identity, Exception cause) {
            return new Away("%s cannot be read: %s".formatted(identity, cause), null, null, cause);
        }

        @Override
        protected String hint() {
            return expected == null && found != null
                    ? "To go on with this repository, POST /api/v1/repository/adopt with its id in `found`, then POST"
                            + " /api/v1/repository/rebuild."
                    : "Mount the repository's storage; jobs are tried again until their deadline. To go on with what is"
                            + " there instead, see STORAGE_UNREACHABLE in the list of error codes.";
        }

        @Override
        protected Map<String, Object> properties() {
            var properties = new LinkedHashMap<String, Object>();
            if (expected != null) {
                properties.put("expected", expected.toString());
            }
            if (found != null) {
                properties.put("found", found.toString());
            }
            return properties;
        }
    }

    /** What the operating system's answer to reading an object means. */
    static StorageException reading(IOException cause, String doing) {
        return cause instanceof NoSuchFileException
                ? new Missing("%s: %s".formatted(doing, cause), cause)
                : writing(cause, doing);
    }

    /** The same of anything else: a file that is missing there is a directory that was taken away, and no object. */
    static StorageException writing(IOException cause, String doing) {
        String detail = "%s: %s".formatted(doing, cause);
        return saysFull(cause) ? new Full(detail, cause) : new Unreachable(detail, cause);
    }

    /**
     * Whether a file could not be written because the file system, or the user's part of it, is full. Java carries no
     * errno, so that is known by the operating system's words; a path is none of them.
     */
    public static boolean saysFull(IOException cause) {
        var words = cause instanceof FileSystemException named ? named.getReason() : cause.getMessage();
        var lowerCase = String.valueOf(words).toLowerCase(Locale.ROOT);
        return lowerCase.contains("no space left") || lowerCase.contains("quota exceeded");
    }
}
