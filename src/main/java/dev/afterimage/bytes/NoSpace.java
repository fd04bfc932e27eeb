package dev.afterimage.bytes;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Locale;

/** That a file system, or the user's part of it, is full. */
public final class NoSpace {

    private NoSpace() {}

    /**
     * Whether that is why a file could not be written. Java carries no errno, so <a
     * href="https://man7.org/linux/man-pages/man3/errno.3.html">ENOSPC and EDQUOT</a> are known by the operating system's words; a path is none
     * of them.
     */
    public static boolean isReasonFor(IOException failure) {
        var words = failure instanceof FileSystemException named ? named.getReason() : failure.getMessage();
        var lowerCase = String.valueOf(words).toLowerCase(Locale.ROOT);
        return lowerCase.contains("no space left") || lowerCase.contains("quota exceeded");
    }
}
