package dev.afterimage.bytes;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Makes what was done to files survive a power failure, by <a href="https://man7.org/linux/man-pages/man2/fsync.2.html">fsync(2)</a>. A new
 * name needs two: the file's before it is given to it, then the directory's.
 */
public final class Fsync {

    private Fsync() {}

    /** What was written to a file, by whomever. */
    public static void file(Path file) throws IOException {
        of(file, StandardOpenOption.WRITE);
    }

    /** Which names a directory has: those that have come, and that others have gone. */
    public static void directory(Path directory) throws IOException {
        of(directory, StandardOpenOption.READ);
    }

    private static void of(Path path, StandardOpenOption access) throws IOException {
        try (var channel = FileChannel.open(path, access)) {
            channel.force(true);
        }
    }
}
