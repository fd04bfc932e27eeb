package dev.afterimage.restore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;

/**
 * A file that appears under its name only when it is complete. Until then its bytes are in a temporary file beside it,
 * named after the job, so that a later attempt or the next start finds what a crash left.
 */
record NewFile(Path target, Path temporary) {

    /** What SQLite would take for a part of the database if it were there. */
    private static final List<String> COMPANIONS = List.of("", "-wal", "-shm", "-journal");

    static NewFile of(Path target, UUID jobId) {
        return new NewFile(target, target.resolveSibling("." + target.getFileName() + ".afterimage-" + jobId));
    }

    /** @throws TargetException.Exists when the target or a companion of it is there */
    static void requireAbsent(Path target) {
        for (var companion : COMPANIONS) {
            var path = target.resolveSibling(target.getFileName() + companion);
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new TargetException.Exists(path);
            }
        }
    }

    /** @throws TargetException.Full when the file system has less than {@code bytes} left */
    void requireRoom(long bytes) {
        try {
            long usable = Files.getFileStore(directory()).getUsableSpace();
            if (usable < bytes) {
                throw new TargetException.Full(target, bytes, usable);
            }
        } catch (IOException e) {
            throw new TargetException.Unwritable(target, e);
        }
    }

    /**
     * Gives the complete temporary file its name. A link, not a rename: a rename would replace a file that appeared
     * meanwhile.
     */
    void publish() {
        try {
            Files.createLink(target, temporary);
            sync(directory()); // dying before this line may leave only the temporary name, after it the target is
            // durable
            Files.delete(temporary);
            sync(directory());
        } catch (FileAlreadyExistsException e) {
            throw new TargetException.Exists(target);
        } catch (UnsupportedOperationException | IOException e) {
            throw new TargetException.Unwritable(target, e instanceof IOException io ? io : new IOException(e));
        }
    }

    /** Removes the temporary file if it is there. */
    void discard() {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            throw new TargetException.Unwritable(temporary, e);
        }
    }

    private Path directory() {
        var parent = target.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(target + " is no file in a directory");
        }
        return parent;
    }

    private static void sync(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
