package dev.afterimage.discovery;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Goes once through a watched directory, without following links to directories, and collects the files that are to be looked at. Opens
 * none of them.
 */
final class DirectoryWalk extends SimpleFileVisitor<Path> {

    private static final Pattern COMPANION = Pattern.compile("-(journal|wal|shm)$");

    /** Where a restore puts what it replaces, while it works and for good: files of databases that are none any more. */
    private static final Pattern PUT_ASIDE =
            Pattern.compile(".*\\.replaced-\\d{8}T\\d{6}Z.*|\\..*\\.afterimage-.*", Pattern.DOTALL);

    private final DiscoverySettings.Directory directory;
    private final Path start;
    private final List<Path> own;
    private final Globs included;
    private final Globs excluded;
    private final RunningScan scan;

    static void go(DiscoverySettings.Directory directory, List<Path> own, RunningScan scan) {
        try {
            var start = directory.path().toRealPath();
            Files.walkFileTree(start, new DirectoryWalk(directory, start, own, scan));
        } catch (IOException e) {
            scan.skip(directory.path(), "it cannot be read: " + e);
        }
    }

    private DirectoryWalk(DiscoverySettings.Directory directory, Path start, List<Path> own, RunningScan scan) {
        this.directory = directory;
        this.start = start;
        this.own = own;
        this.included = Globs.of(List.of(directory.glob()));
        this.excluded = Globs.of(directory.exclude());
        this.scan = scan;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
        boolean putAside = !visited.equals(start)
                && PUT_ASIDE.matcher(visited.getFileName().toString()).matches();
        if (scan.isOver()) {
            return FileVisitResult.TERMINATE;
        }
        boolean goesIn = !putAside && !own.contains(visited) && !excluded.match(relative(visited));
        return goesIn ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        var relative = relative(file);
        boolean wanted = included.match(relative)
                && !excluded.match(relative)
                && !COMPANION.matcher(file.toString()).find();
        if (wanted && !attributes.isDirectory() && !isMapped(file)) {
            scan.skip(file, "its name has characters that this service cannot express: start it with LC_ALL=C.UTF-8");
        } else if (wanted && !attributes.isDirectory()) {
            scan.find(directory, file, relative);
        }
        return scan.isOver() ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
    }

    /** Whether its text is the name of this file. Where it is not, the text has no more than a stand-in for some bytes. */
    private static boolean isMapped(Path file) {
        try {
            return Path.of(file.toString()).equals(file);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** A directory that may not be searched, or a file that is gone: the others are looked at all the same. */
    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
        scan.skip(file, "it cannot be read: " + e);
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path visited, IOException e) {
        if (e != null) {
            scan.skip(visited, "it cannot be read: " + e);
        }
        return FileVisitResult.CONTINUE;
    }

    private Path relative(Path visited) {
        return start.relativize(visited);
    }
}
