package dev.afterimage.storage;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
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

    /** The storage cannot be read or written. */
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

    /** What the operating system's answer means. */
    static StorageException of(IOException cause, String doing) {
        String detail = "%s: %s".formatted(doing, cause);
        if (cause instanceof NoSuchFileException) {
            return new Missing(detail, cause);
        }
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
