package dev.afterimage.catalog.home;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The service's own files, by device and inode: a bind mount, a hard link, or a file system that does not tell upper case from lower
 * gives them other paths. Known are {@code afterimage.home}, what lies in it, and what lies in the directories there; one of them may be a
 * link, such as to a larger disk. Of a repository elsewhere, which may not be there yet, what lies in it.
 *
 * @param directories the home first
 */
public record OwnFiles(List<Path> directories) {

    private static final int DEPTH = 2;

    /** Whether it is one of them, or lies in one. */
    public boolean have(Path resolved) {
        var own = keys();
        for (Path path = resolved; path != null; path = path.getParent()) {
            var key = key(path);
            if (key != null && own.contains(key)) {
                return true;
            }
        }
        return false;
    }

    private Set<Object> keys() {
        var keys = new HashSet<Object>();
        var visitor = new SimpleFileVisitor<Path>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return visitFile(directory, attributes);
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.fileKey() != null) {
                    keys.add(attributes.fileKey());
                }
                return FileVisitResult.CONTINUE;
            }

            // It is gone: files come and go in staging/ all the time.
            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
                return FileVisitResult.CONTINUE;
            }
        };
        try {
            int depth = DEPTH;
            for (var directory : directories) {
                Files.walkFileTree(directory, Set.of(FileVisitOption.FOLLOW_LINKS), depth, visitor);
                depth = DEPTH - 1;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return keys;
    }

    /** Null where there is nothing, or the file system has no inodes. */
    private static @Nullable Object key(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (IOException e) {
            return null;
        }
    }
}
