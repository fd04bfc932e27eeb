package dev.afterimage.storage;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Bytes under a storage's root, temporary files included: counted once when first needed, then kept by what this
 * process writes and deletes.
 */
final class UsedSpace {

    private final Path root;
    private final long quotaBytes;
    private long used = -1;

    UsedSpace(Path root, long quotaBytes) {
        this.root = root;
        this.quotaBytes = quotaBytes;
    }

    /** Called before bytes are written, so that the quota is never passed. */
    synchronized void reserve(long bytes) {
        long after = bytes() + bytes;
        if (quotaBytes > 0 && after > quotaBytes) {
            throw new StorageException.Full(
                    "The quota of %d bytes does not hold %d more bytes beside the %d in use"
                            .formatted(quotaBytes, bytes, used),
                    null);
        }
        used = after;
    }

    /** Called when bytes have gone that {@link #bytes()} has counted. */
    synchronized void release(long bytes) {
        used = Math.max(0, bytes() - bytes);
    }

    synchronized long bytes() {
        if (used < 0) {
            used = count();
        }
        return used;
    }

    private long count() {
        var counter = new Counter();
        try {
            Files.walkFileTree(root, counter);
        } catch (IOException e) {
            throw StorageException.of(e, "Measuring " + root);
        }
        return counter.bytes;
    }

    private static final class Counter extends SimpleFileVisitor<Path> {
        private long bytes;

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            bytes += attributes.isRegularFile() ? attributes.size() : 0;
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE; // deleted while we walked
            }
            throw e;
        }
    }
}
