package dev.afterimage.catalog.databases;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.home.OwnFiles;
import dev.afterimage.lifecycle.StartRefusedException;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/** Decides which paths may be read as databases and written by restores: those under the roots, outside our own home. */
@Component
public class DatabasePaths implements SmartInitializingSingleton {

    private static final Pattern COMPANION = Pattern.compile("-(journal|wal|shm)$");

    /** They would forge lines in logs, or show another path than is meant. */
    private static final Pattern UNPRINTABLE =
            Pattern.compile("[\\p{Cntrl}\\p{IsZl}\\p{IsZp}\\p{IsCs}\\u0080-\\u009f\\u202a-\\u202e\\u2066-\\u2069]");

    /** Longer than it takes to delete a link and to make another one of its name. */
    private static final Duration MOMENT = Duration.ofMillis(50);

    /** In bytes: most file systems have names of up to 255, and SQLite makes a {@code -journal} beside the database. */
    private static final int LONGEST_NAME = 255 - "-journal".length();

    private final DatabaseRoots roots;
    private final Node node;
    private final OwnFiles own;

    public DatabasePaths(DatabaseRoots roots, Node node) {
        this.roots = roots;
        this.node = node;
        this.own = new OwnFiles(node.ownDirectories());
    }

    /** By when the home is made, which may lie in one of them. */
    @Override
    public void afterSingletonsInstantiated() {
        for (var root : roots.roots()) {
            if (!Files.isDirectory(root)) {
                throw new StartRefusedException(
                        "%s of afterimage.databases.roots is no directory".formatted(root),
                        "Mount or make it, or take it out of the setting");
            }
        }
    }

    /** Under which databases are registered. */
    public List<Path> roots() {
        return roots.roots();
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
        var resolved = Files.exists(given) ? realOrGone(path, given) : target(path, given);
        requireUnderRoots(path, resolved);
        return resolved;
    }

    /** An application may put another file there at this moment, or delete it. */
    private static Path realOrGone(String path, Path seen) {
        try {
            return seen.toRealPath();
        } catch (NoSuchFileException e) {
            return target(path, seen);
        } catch (IOException e) {
            throw unresolved(path, e);
        }
    }

    /**
     * The path of a registered database, as long as it still is a real one.
     *
     * @throws PathNotAllowedException as for {@link #existing}, and when there is a symbolic link in it by now
     * @throws ProblemException DATABASE_MOVED when the path by which it was registered leads elsewhere by now
     */
    public Path existing(Database database) {
        var path = database.path(); // first: one that no file can have in this locale has not moved
        requireUnmoved(database);
        return stillReal(path, existing(path.toString()));
    }

    /**
     * Where a registered database may be written, as for {@link #creatable(String)}.
     *
     * @throws ProblemException DATABASE_MOVED when the path by which it was registered leads elsewhere by now
     */
    public Path creatable(Database database) {
        var path = database.path();
        requireUnmoved(database);
        return creatable(path);
    }

    /** Such as by a deploy, which puts another link in the place of one in the path. It may delete the old one first, so this looks twice. */
    private static void requireUnmoved(Database database) {
        if (!leadsTo(database.givenPath(), database.location())) {
            LockSupport.parkNanos(MOMENT.toNanos());
            if (!leadsTo(database.givenPath(), database.location())) {
                throw new ProblemException(Problem.of(
                        ProblemCode.DATABASE_MOVED,
                        "%s was registered as %s, which does not lead there any more"
                                .formatted(database.location(), database.givenPath()),
                        Map.of(
                                "database",
                                database.name(),
                                "path",
                                database.location(),
                                "givenPath",
                                database.givenPath())));
            }
        }
    }

    /** Whether a path leads where it did, at this moment; both as text. What is missing as a whole is told by whoever opens it. */
    public static boolean leadsTo(String given, String resolved) {
        try {
            return given.equals(resolved) || leadsTo(Path.of(given), Path.of(resolved));
        } catch (InvalidPathException e) {
            return false; // in this locale it leads nowhere
        }
    }

    private static boolean leadsTo(Path given, Path resolved) {
        try {
            return given.toRealPath().equals(resolved);
        } catch (IOException e) {
            return Files.notExists(resolved);
        }
    }

    private static Path stillReal(Path before, Path now) {
        if (!now.equals(before)) {
            throw new PathNotAllowedException(
                    before.toString(),
                    "there is a symbolic link in it, which was not there before",
                    "Take the link away; or, where it is meant, give the path anew (PATCH /api/v1/databases/{name}).");
        }
        return now;
    }

    /** Whether a file may be read or made there for a client. */
    public boolean allow(Path path) {
        try {
            creatable(path.toString());
            return true;
        } catch (PathNotAllowedException e) {
            return false;
        }
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
            throw new PathNotAllowedException(
                    path,
                    "SQLite would take it for a part of another database",
                    "Give a name that does not end with -journal, -wal or -shm.");
        }
        if (!Files.isDirectory(parent(path, resolved))) {
            throw new PathNotAllowedException(
                    path, "its directory does not exist", "Make the directory, or give a path in one that is there.");
        }
        if (resolved.getFileName().toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
            throw new PathNotAllowedException(
                    path,
                    "its name is longer than %d bytes, which leaves none for the journal beside it"
                            .formatted(LONGEST_NAME),
                    "Give a shorter name.");
        }
        return resolved;
    }

    /**
     * The path of a file that may be created, as {@link #creatable(String)} has answered it before.
     *
     * @throws PathNotAllowedException as there, and when there is a symbolic link in it by now
     */
    public Path creatable(Path resolvedBefore) {
        return stillReal(resolvedBefore, creatable(resolvedBefore.toString()));
    }

    /** The path as it was given, without what says nothing, such as {@code /./}. */
    public static Path given(String path) {
        return absolute(path);
    }

    private static Path absolute(String path) {
        var printable = UNPRINTABLE.matcher(path).replaceAll("?");
        if (!printable.equals(path)) {
            throw new PathNotAllowedException(
                    printable,
                    "it has control characters",
                    "Give a path without them; rename the file if it has them.");
        }
        Path given;
        try {
            given = Path.of(path);
        } catch (InvalidPathException e) {
            throw path.indexOf(0) < 0
                    ? Database.unmappable(path, e)
                    : new PathNotAllowedException(path, "it is not a path", "Give a path without a zero byte.");
        }
        if (!given.isAbsolute()) {
            throw new PathNotAllowedException(path, "it is not absolute", "Give a path that begins with a slash.");
        }
        for (var part : given) {
            if (part.toString().equals("..")) {
                throw new PathNotAllowedException(path, "it has a '..'", "Give the path to which it leads.");
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
            throw new PathNotAllowedException(path, "it is the root of the file system", "Give the path of a file.");
        }
        return parent;
    }

    private static Path real(String path, Path existing) {
        try {
            return existing.toRealPath();
        } catch (IOException e) {
            throw unresolved(path, e);
        }
    }

    private static PathNotAllowedException unresolved(String path, IOException e) {
        return new PathNotAllowedException(
                path,
                "it cannot be resolved (" + e.getMessage() + ")",
                "See that the service's user may search each directory in it, and that no link in it leads back to itself.");
    }

    private void requireUnderRoots(String path, Path resolved) {
        var realRoots = roots.roots().stream()
                .map(root -> Files.exists(root) ? real(path, root) : root)
                .toList();
        if (realRoots.stream().noneMatch(resolved::startsWith)) {
            throw PathNotAllowedException.outside(path, roots.roots());
        }
        if (realRoots.contains(resolved)) {
            throw new PathNotAllowedException(
                    path, "it is a directory of afterimage.databases.roots itself", "Give the path of a file in it.");
        }
        boolean ours = node.ownDirectories().stream()
                .map(own -> Files.exists(own) ? real(path, own) : own)
                .anyMatch(resolved::startsWith);
        if (ours || own.have(resolved)) {
            throw new PathNotAllowedException(
                    path,
                    "it is inside of afterimage.home or of the repository",
                    "Give a path outside of it: these are the service's own files.");
        }
    }
}
