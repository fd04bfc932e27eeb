package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Backoff;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A live database file, looked at from outside. It is never opened here: closing any descriptor of it would drop the locks
 * that this process's SQLite holds on it (<a href="https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_">why</a>).
 *
 * @param path with all symbolic links resolved, as SQLite does it: the {@code -wal} lies beside the real file
 * @param identity device and inode, or null where the file system has none
 */
public record SourceFile(Path path, @Nullable Object identity) {

    /**
     * Looks at a file.
     *
     * @param path resolved by whoever decides which files may be read: a symbolic link in it has come there since
     * @throws SourceException if it is none that can be read
     */
    public static SourceFile find(Path path) {
        try {
            return evenIfGoneForAMoment(() -> found(path));
        } catch (NoSuchFileException e) {
            throw new SourceException.Missing(path, e);
        } catch (AccessDeniedException e) {
            throw SourceException.unreadable(path, "the directory may not be searched", e);
        } catch (IOException e) {
            throw SourceException.unreadable(path, String.valueOf(e.getMessage()), e);
        }
    }

    private static SourceFile found(Path path) throws IOException {
        var real = path.toRealPath();
        if (!real.equals(path.toAbsolutePath().normalize())) {
            throw new SourceException.Ambiguous(path, "there is a symbolic link in its path");
        }
        var attributes = Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw new SourceException.NotADatabase(
                    real, attributes.isDirectory() ? "it is a directory" : "it is not a regular file", null);
        }
        return new SourceFile(real, attributes.fileKey());
    }

    @FunctionalInterface
    public interface Look {
        SourceFile find() throws IOException;
    }

    /**
     * Looks a few times more for a file that is not there: who does not know how to replace one deletes it first.
     *
     * @throws NoSuchFileException if it does not come back
     */
    public static SourceFile evenIfGoneForAMoment(Look look) throws IOException {
        var backoff = Backoff.ofAFew();
        while (true) {
            try {
                return look.find();
            } catch (NoSuchFileException e) {
                if (!backoff.pause(PageProgress.NONE)) {
                    throw e;
                }
            }
        }
    }

    /**
     * Sees that the file and those beside it can only be what they seem: SQLite would wait for ever for somebody to write to a
     * named pipe, and finds the WAL or the journal of a file with two names by one of them only. Opens none.
     *
     * @throws SourceException.Replaced if another file is there now
     * @throws SourceException.Ambiguous if one is no regular file, or has several names
     */
    void requireUnambiguous() {
        requireUnreplaced();
        requireOneName(path);
        Beside.all(path).forEach(beside -> {
            if (Files.exists(beside, LinkOption.NOFOLLOW_LINKS)) {
                requireOneName(beside);
            }
        });
    }

    private void requireOneName(Path file) {
        try {
            var attributes = Files.readAttributes(file, "unix:isRegularFile,nlink", LinkOption.NOFOLLOW_LINKS);
            if (!Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
                throw new SourceException.Ambiguous(path, file.getFileName() + " is no regular file");
            }
            if (attributes.get("nlink") instanceof Integer names && names > 1) {
                throw new SourceException.Ambiguous(path, file.getFileName() + " has " + names + " names (hard links)");
            }
        } catch (NoSuchFileException e) {
            // One that lay beside it was deleted meanwhile; the database is looked at once more when it is open.
        } catch (IOException e) {
            throw SourceException.unreadable(path, String.valueOf(e.getMessage()), e);
        }
    }

    /** Bytes of the file, by stat. */
    public long bytes() {
        return sizeOf(path);
    }

    /** Bytes of the {@code -wal} file, 0 if there is none. */
    public long walBytes() {
        return sizeOf(Beside.wal(path));
    }

    /** Device and inode of the {@code -shm}; null if there is none. */
    public @Nullable Object shmIdentity() {
        return identityOf(Beside.shm(path));
    }

    /** The same of the {@code -wal}. */
    public @Nullable Object walIdentity() {
        return identityOf(Beside.wal(path));
    }

    private static @Nullable Object identityOf(Path file) {
        try {
            var attributes = file.getFileSystem().provider().readAttributesIfExists(file, BasicFileAttributes.class);
            return attributes == null ? null : attributes.fileKey();
        } catch (IOException e) {
            throw SourceException.unreadable(file, String.valueOf(e.getMessage()), e);
        }
    }

    public static long sizeOf(Path file) {
        try {
            // Files.size would throw: much work where thousands of databases have no WAL.
            var attributes = file.getFileSystem().provider().readAttributesIfExists(file, BasicFileAttributes.class);
            return attributes == null ? 0 : attributes.size();
        } catch (IOException e) {
            throw SourceException.unreadable(file, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Notes which of its files belong to another user. SQLite makes a missing {@code -wal} and {@code -shm} when it opens
     * a WAL database, even to read; only root can give them to the database's owner.
     */
    List<String> notesOnOwners() {
        try {
            var owner = Files.getOwner(path);
            var notes = new ArrayList<String>();
            for (var beside : List.of(Beside.wal(path), Beside.shm(path))) {
                ownerOf(beside)
                        .filter(other -> !other.equals(owner))
                        .ifPresent(other -> notes.add(beside
                                + " belongs to " + other + ", but the database to " + owner
                                + ": the application can open the database only if it may write that file."
                                + " Run this service as the user that the application runs as."));
            }
            return notes;
        } catch (IOException | UnsupportedOperationException e) {
            // The database was moved away meanwhile, which others notice; or files have no owners here.
            return List.of();
        }
    }

    private static Optional<UserPrincipal> ownerOf(Path beside) throws IOException {
        try {
            return Optional.of(Files.getOwner(beside));
        } catch (NoSuchFileException e) {
            return Optional.empty(); // there is none, or the application has just deleted it, as it does when it closes
        }
    }

    /**
     * Sees that the path still leads to the same file. Call it while a connection to the file is open: till then no other
     * file can have its inode.
     */
    public void requireUnreplaced() {
        try {
            var now = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
            if (!Objects.equals(identity, now)) {
                throw new SourceException.Replaced(path);
            }
        } catch (NoSuchFileException e) {
            throw new SourceException.Replaced(path);
        } catch (IOException e) {
            throw SourceException.unreadable(path, String.valueOf(e.getMessage()), e);
        }
    }
}
