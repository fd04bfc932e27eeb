package dev.afterimage.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/** Decides which paths may be read as databases and written by restores: those under the roots, outside our own home. */
@Component
public class DatabasePaths {

    private static final Pattern COMPANION = Pattern.compile("-(journal|wal|shm)$");

    private final DatabaseRoots roots;
    private final Path home;

    DatabasePaths(DatabaseRoots roots, Node node) {
        this.roots = roots;
        this.home = node.home();
    }

    /**
     * The real path of an existing file.
     *
     * @throws PathNotAllowedException when the path is not absolute, has a {@code ..}, or resolves to outside the roots
     */
    public Path existing(String path) {
        var given = absolute(path);
        // A link that dangles and a file that is missing are told apart from a forbidden one by whoever opens it; the
        // answer must not tell whether a file outside the roots exists.
        var resolved = Files.exists(given) ? real(path, given) : target(path, given);
        requireUnderRoots(path, resolved);
        return resolved;
    }

    /**
     * The real path of a file that may be created: its directory must exist, with links resolved.
     *
     * @throws PathNotAllowedException as for {@link #existing}, and when there is no such directory under the roots
     */
    public Path creatable(String path) {
        var resolved = target(path, absolute(path));
        requireUnderRoots(path, resolved);
        if (COMPANION.matcher(resolved.toString()).find()) {
            throw new PathNotAllowedException(path, "SQLite would take it for a part of another database");
        }
        if (!Files.isDirectory(parent(path, resolved))) {
            throw new PathNotAllowedException(path, "its directory does not exist");
        }
        return resolved;
    }

    private static Path absolute(String path) {
        if (path.chars().anyMatch(Character::isISOControl)) { // it would forge lines in logs
            throw new PathNotAllowedException(path.replaceAll("\\p{Cntrl}", "?"), "it has control characters");
        }
        Path given;
        try {
            given = Path.of(path);
        } catch (InvalidPathException e) {
            throw new PathNotAllowedException(path, "it is not a path");
        }
        if (!given.isAbsolute()) {
            throw new PathNotAllowedException(path, "it is not absolute");
        }
        for (var part : given) {
            if (part.toString().equals("..")) {
                throw new PathNotAllowedException(path, "it has a '..'");
            }
        }
        return given.normalize();
    }

    private static Path target(String path, Path given) {
        var parent = parent(path, given);
        return (Files.exists(parent) ? real(path, parent) : parent).resolve(given.getFileName());
    }

    private static Path parent(String path, Path file) {
        var parent = file.getParent();
        if (parent == null) {
            throw new PathNotAllowedException(path, "it is the root of the file system");
        }
        return parent;
    }

    private static Path real(String path, Path existing) {
        try {
            return existing.toRealPath();
        } catch (IOException e) {
            throw new PathNotAllowedException(path, "it cannot be resolved (" + e.getMessage() + ")");
        }
    }

    private void requireUnderRoots(String path, Path resolved) {
        boolean allowed = roots.roots().stream()
                .map(root -> Files.exists(root) ? real(path, root) : root)
                .anyMatch(root -> resolved.startsWith(root) && !resolved.equals(root));
        if (!allowed) {
            throw new PathNotAllowedException(path, "it is outside of afterimage.databases.roots");
        }
        if (resolved.startsWith(real(path, home))) {
            throw new PathNotAllowedException(path, "it is inside of afterimage.home");
        }
    }
}
