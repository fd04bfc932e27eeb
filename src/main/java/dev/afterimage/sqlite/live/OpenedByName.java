package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Beside;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Sees that SQLite, which opens files by name, has opened those of the database that was looked at. Whoever may write a directory on
 * the way can put a link in its place for a moment: then SQLite reads another database, or another's WAL, and afterwards all
 * looks as before. The kernel tells for each descriptor of this process where it leads
 * (<a href="https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html">/proc/self/fd</a>); elsewhere than on Linux nothing is
 * seen here.
 *
 * <p>Which thread has opened a file the kernel does not tell. So whoever makes temporary databases gives them names with a UUID, which no
 * database of an application has; their directories are not excepted, since a link could lead there, too.
 */
public final class OpenedByName {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private static final String DELETED = " (deleted)";

    private final SourceFile file;
    private final List<String> names;
    private final Map<Path, Path> before;

    /** Notes what is open; the connection is opened after this. */
    static OpenedByName after(SourceFile file) {
        return new OpenedByName(file);
    }

    private OpenedByName(SourceFile file) {
        this.file = file;
        this.names = Stream.concat(Stream.of(file.path()), Beside.all(file.path()).stream())
                .map(path -> path.getFileName().toString())
                .toList();
        this.before = descriptors();
    }

    /**
     * To be asked before what was read is given to anybody: when the connection is open, and again when it has read, and so has
     * opened what lies beside the database.
     *
     * @throws SourceException.Replaced if a file of that name is open here since then which lies elsewhere, and is of no database in use
     */
    public void requireOnlyItsFiles() {
        for (var opened : descriptors().entrySet()) {
            if (!opened.getValue().equals(before.get(opened.getKey()))
                    && isStray(opened.getKey(), opened.getValue())
                    && isStillOpen(opened.getKey(), opened.getValue())) {
                throw new SourceException.Replaced(file.path());
            }
        }
    }

    private boolean isStray(Path descriptor, Path opened) {
        var directory = opened.getParent();
        return !Objects.equals(file.path().getParent(), directory)
                && !LiveFile.isInUseIn(directory)
                && !isInUse(descriptor);
    }

    /** A database of the same name that is being replaced is held open while it is moved from one directory to another. */
    private static boolean isInUse(Path descriptor) {
        try {
            var identity =
                    Files.readAttributes(descriptor, BasicFileAttributes.class).fileKey();
            return identity != null && LiveFile.isInUse(identity);
        } catch (IOException e) {
            return false; // closed meanwhile, which the next look finds
        }
    }

    /** What another thread had open may be closed by now, and no more be in use. */
    private static boolean isStillOpen(Path descriptor, Path opened) {
        try {
            return Files.readSymbolicLink(descriptor).equals(opened);
        } catch (IOException e) {
            return false;
        }
    }

    /** Those of this database's names. */
    private Map<Path, Path> descriptors() {
        var found = new HashMap<Path, Path>();
        try (var descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
            for (var descriptor : descriptors) {
                add(descriptor, found);
            }
        } catch (IOException | DirectoryIteratorException e) {
            return Map.of(); // another operating system
        }
        return found;
    }

    private void add(Path descriptor, Map<Path, Path> found) {
        try {
            var opened = Files.readSymbolicLink(descriptor);
            if (opened.isAbsolute() && names.contains(name(opened.toString()))) {
                found.put(descriptor, opened);
            }
        } catch (IOException e) {
            // Closed meanwhile.
        }
    }

    /** From the text alone: a process may have thousands of descriptors, and each would be taken apart as a path. */
    private static String name(String opened) {
        var name = opened.substring(opened.lastIndexOf('/') + 1);
        return name.endsWith(DELETED) ? name.substring(0, name.length() - DELETED.length()) : name;
    }
}
