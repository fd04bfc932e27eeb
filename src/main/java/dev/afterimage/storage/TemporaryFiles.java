package dev.afterimage.storage;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Files that are being written. Each is locked by its writer for as long as it is written, so one that can be locked
 * belongs to a process that died, and may go, even while other processes use the same directory.
 */
public final class TemporaryFiles {

    /**
     * Names in use by this process. They are never opened a second time: closing any descriptor of a file drops all
     * POSIX locks that the process holds on it.
     */
    private static final Set<String> OWN = ConcurrentHashMap.newKeySet();

    private final Path directory;

    public TemporaryFiles(Path directory) {
        this.directory = directory;
    }

    /** A new empty file, locked until its channel is closed. Who closes it calls {@link #closed}. */
    public Temporary create() throws IOException {
        Files.createDirectories(directory);
        while (true) {
            Path path = directory.resolve(UUID.randomUUID().toString());
            OWN.add(path.getFileName().toString());
            FileChannel locked = null;
            try {
                locked = lockedNew(path);
                if (locked != null) {
                    return new Temporary(path, locked);
                }
            } finally {
                if (locked == null) {
                    closed(path); // and if the file is there, it is a leftover
                }
            }
        }
    }

    /** Null when another process took it for a leftover between its creation and the lock. */
    private static @Nullable FileChannel lockedNew(Path path) throws IOException {
        var channel = FileChannel.open(path, CREATE_NEW, READ, WRITE);
        boolean ours = false;
        try {
            channel.lock();
            ours = Files.exists(path);
            return ours ? channel : null;
        } finally {
            if (!ours) {
                channel.close();
            }
        }
    }

    public void closed(Path path) {
        OWN.remove(path.getFileName().toString());
    }

    /** A file without a name: it is gone when it is closed, or when this process dies. */
    public FileChannel createUnnamed() throws IOException {
        Files.createDirectories(directory);
        return FileChannel.open(
                directory.resolve(UUID.randomUUID().toString()), CREATE_NEW, READ, WRITE, DELETE_ON_CLOSE);
    }

    /** Bytes of all temporary files, of this process and others. */
    public long bytes() throws IOException {
        long bytes = 0;
        for (Path path : list()) {
            try {
                bytes += Files.size(path);
            } catch (NoSuchFileException e) {
                // Its writer has just finished.
            }
        }
        return bytes;
    }

    /** Deletes what no living process writes, and returns how many bytes that were. */
    public long removeLeftovers() throws IOException {
        return removeLeftovers(_ -> true);
    }

    /** What is to be done with a leftover before it goes. */
    @FunctionalInterface
    public interface Leftover {

        /**
         * Whether it may go.
         *
         * @param locked by this process; a second descriptor would lose the lock
         */
        boolean isDone(FileChannel locked) throws IOException;
    }

    /** The same of those that may go. */
    public long removeLeftovers(Leftover leftover) throws IOException {
        long removed = 0;
        for (Path path : list()) {
            if (!OWN.contains(path.getFileName().toString())) {
                removed += removeUnlessLocked(path, leftover);
            }
        }
        return removed;
    }

    /** Only files: what else lies here is somebody else's. */
    private List<Path> list() throws IOException {
        var paths = new ArrayList<Path>();
        if (Files.isDirectory(directory)) {
            try (var entries = Files.newDirectoryStream(directory, path -> Files.isRegularFile(path, NOFOLLOW_LINKS))) {
                entries.forEach(paths::add);
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
        }
        return paths;
    }

    private static long removeUnlessLocked(Path path, Leftover leftover) throws IOException {
        try (var channel = FileChannel.open(path, READ, WRITE);
                var lock = channel.tryLock()) {
            if (lock == null || !leftover.isDone(channel)) {
                return 0;
            }
            long size = channel.size();
            Files.deleteIfExists(path);
            return size;
        } catch (NoSuchFileException e) {
            return 0; // its writer has just finished
        } catch (AccessDeniedException e) {
            return 0; // another user's, so not ours to remove
        }
    }

    public record Temporary(Path path, FileChannel channel) {}
}
