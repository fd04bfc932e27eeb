package dev.afterimage.storage.local;

import dev.afterimage.bytes.Fsync;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/** Directories whose own entries are known to survive a crash. */
final class DurableDirectories {

    private final Path root;
    private final Set<Path> durable = new HashSet<>();

    DurableDirectories(Path root) {
        this.root = root;
    }

    /** Creates the directory that a file is to lie in, with its parents, each in its own parent for good. */
    synchronized void createFor(Path file) throws IOException {
        create(directoryOf(file));
    }

    /** Creates the root where it is not there, with its parents, each in its own parent for good. */
    synchronized void createRoot() throws IOException {
        var made = new ArrayDeque<Path>();
        for (Path directory = root; directory != null && !Files.exists(directory); directory = directory.getParent()) {
            made.push(directory);
        }
        if (made.isEmpty() && Files.isReadable(directoryOf(root))) {
            made.push(root); // a process may have died between creating it and the next lines
        }
        Files.createDirectories(root);
        for (Path directory : made) {
            syncFor(directory);
        }
    }

    /** Takes none for known any more, for another storage is in the place of the one that was there. */
    synchronized void forget() {
        durable.clear();
    }

    private void create(Path directory) throws IOException {
        if (directory.equals(root) || (durable.contains(directory) && Files.isDirectory(directory))) {
            return;
        }
        create(directoryOf(directory));
        Files.createDirectories(directory);
        // Also when it was there: a process may have died between creating it and this line.
        syncFor(directory);
        durable.add(directory);
    }

    /** Makes a file's name, or that it has gone, survive a crash. */
    void syncFor(Path file) throws IOException {
        Fsync.directory(directoryOf(file));
    }

    private static Path directoryOf(Path path) {
        return Objects.requireNonNull(path.getParent(), "neither a root nor an object is the root of a file system");
    }
}
