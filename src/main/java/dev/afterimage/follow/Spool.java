package dev.afterimage.follow;

import dev.afterimage.bytes.Disk;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.live.SourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.stereotype.Component;

/** The directory in which commits wait that the repository has not got yet, and how much waits there. Safe for several threads. */
@Component
class Spool {

    private static final int HALF = 2;

    /** How a file is named that nobody takes up any more. */
    private static final String UNREADABLE = ".unreadable";

    private final Path directory;
    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();

    Spool(Node node, FollowSettings settings) {
        this.directory = settings.spool() == null ? node.home().resolve("spool") : settings.spool();
        this.maxBytes = settings.maxSpool().toBytes();
    }

    /** Counts all, told or not told of, of whatever database. */
    long bytes() {
        return bytes.get();
    }

    /** A file became longer, or one is gone. */
    void count(long more) {
        bytes.addAndGet(more);
    }

    /**
     * How much more of a database may wait. While nothing of it waits, one transaction may take all the room that there is.
     *
     * @param ofDatabase that waits of it
     * @return not more than 0 where nothing more may
     */
    long room(long ofDatabase) {
        long inAll = maxBytes - bytes.get();
        return ofDatabase == 0 ? inAll : Math.min(inAll, maxBytes / HALF - ofDatabase);
    }

    /** So much must be free before a database is followed again for which there was none. */
    long roomAfterFull() {
        return maxBytes / (2 * HALF);
    }

    long maxBytes() {
        return maxBytes;
    }

    /**
     * It must not lie on the file system of the database: what waits would take room from the application.
     *
     * @throws SourceException.NotFollowable when it does
     * @throws ProblemException STORAGE_UNREACHABLE when that cannot be told
     */
    void requireElsewhere(Path file) {
        if (isBeside(file)) {
            throw new SourceException.NotFollowable(
                    file,
                    "what waits for the repository would lie on its own file system",
                    "Set afterimage.follow.spool to a directory on another file system; or send \"besideSource\": true, where it may"
                            + " take room from the application while the repository is away.");
        }
    }

    private boolean isBeside(Path file) {
        try {
            return disk(directory).equals(disk(file));
        } catch (IOException e) {
            throw StagingProblem.of(directory, e);
        }
    }

    private static Object disk(Path path) throws IOException {
        var there = path;
        while (there.getParent() != null && !Files.exists(there)) {
            there = there.getParent();
        }
        return Disk.of(there);
    }

    /**
     * The files of a database, the oldest first.
     *
     * @throws ProblemException STORAGE_UNREACHABLE when the directory cannot be read
     */
    List<Path> files(UUID databaseId) {
        var files = directory.resolve(databaseId.toString());
        if (!Files.exists(files)) {
            return List.of();
        }
        try (var listed = Files.list(files)) {
            return listed.filter(file -> !file.toString().endsWith(UNREADABLE))
                    .sorted(Comparator.comparing(Path::getFileName))
                    .toList();
        } catch (IOException e) {
            throw StagingProblem.of(files, e);
        }
    }

    /**
     * The path of a file that will be made; its directory is there.
     *
     * @param begin which segment it will be
     */
    Path newFile(SpoolFile.Begin begin) {
        var files = directory.resolve(begin.databaseId().toString());
        try {
            if (!Files.exists(files)) {
                Files.createDirectories(files);
                if (files.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
                }
            }
        } catch (IOException e) {
            throw StagingProblem.of(files, e);
        }
        return files.resolve("%016x-%s".formatted(begin.firstCommit(), begin.chain()));
    }

    /**
     * Deletes and closes a file that nobody needs any more.
     *
     * @throws ProblemException STORAGE_UNREACHABLE when it stays; it is counted then, and open
     */
    void discard(SpoolFile file) {
        delete(file.path());
        file.close();
        count(-file.bytes());
    }

    /** Closes a file for whoever takes it up next, and counts it no more until then. */
    void leave(SpoolFile file) {
        count(-file.bytes());
        file.close();
    }

    /**
     * Keeps a file that cannot be read, for people, where nobody takes it up; it is not counted.
     *
     * @return where it is
     * @throws ProblemException STORAGE_UNREACHABLE when it cannot be moved
     */
    Path putAside(Path file) {
        try {
            return Files.move(file, file.resolveSibling(file.getFileName() + UNREADABLE));
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }

    /** @throws ProblemException STORAGE_UNREACHABLE when it stays */
    void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }
}
