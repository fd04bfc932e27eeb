package dev.afterimage.sqlite.replace;

import dev.afterimage.sqlite.live.ApplicationFiles;
import dev.afterimage.sqlite.live.HeldFile;
import dev.afterimage.sqlite.live.Holder;
import dev.afterimage.sqlite.live.Holders;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.OtherLocks;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Keeps everybody out of a database file that nobody has open, this process's own connections included. It holds the bytes
 * that SQLite locks for EXCLUSIVE, on a descriptor of its own, so that neither a hot journal is rolled back nor a WAL
 * checkpointed: the files stay as they are. The lock stays with the file when it is moved.
 *
 * <p>An idle connection in rollback mode holds no lock. It is seen by /proc only, for another user's process only with
 * privileges.
 */
public final class SoleUse implements AutoCloseable {

    private final Path database;
    private final LiveFile live;
    private final FileChannel channel;

    /**
     * Opens the file only when no connection of this process is there, whose locks closing it would drop. None can come
     * until this is closed: it is told {@link SourceException.BeingReplaced}.
     *
     * @param database by which to reach it: a path into a {@link TargetDirectory} leads to no other directory
     * @throws dev.afterimage.problem.ProblemException TARGET_IN_USE if any process has one of the database's files open or locked
     * @throws dev.afterimage.problem.ProblemException TARGET_IN_USE if another file was put in its place
     * @throws IOException if it cannot be opened for writing, or its file system has no locks
     */
    public static SoleUse of(Path database) throws IOException {
        var file = LiveTarget.find(database);
        requireNobody(file.path());
        return of(file, database);
    }

    static SoleUse of(SourceFile file, Path place) throws IOException {
        var live = LiveFile.enterAlone(file)
                .orElseThrow(() -> LiveTargetProblem.inUse(file.path(), Holders.of(file.path()), null));
        try {
            return locked(file.path(), live, opened(file, place));
        } catch (IOException | RuntimeException e) {
            live.leave();
            throw e;
        }
    }

    private static FileChannel opened(SourceFile file, Path place) throws IOException {
        var channel =
                FileChannel.open(place, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        try {
            file.requireUnreplaced();
            return channel;
        } catch (SourceException e) {
            LiveFile.neverClose(channel); // of another file, in which others of this process may be
            throw LiveTargetProblem.of(e);
        }
    }

    private static SoleUse locked(Path database, LiveFile live, FileChannel channel) throws IOException {
        try {
            if (channel.tryLock(HeldFile.PENDING, HeldFile.LOCK_BYTES, false) == null) {
                throw LiveTargetProblem.inUse(database, Holders.others(database), null);
            }
            requireNone(database, Holders.others(database));
            return new SoleUse(database, live, channel);
        } catch (IOException | RuntimeException e) {
            try (channel) {
                throw e;
            }
        }
    }

    /**
     * Looks without locking.
     *
     * @throws dev.afterimage.problem.ProblemException TARGET_IN_USE if any process, this one included, has one of the database's files open or locked; or if beside it is
     *     what SQLite's VFS unix-dotfile locks by
     * @throws dev.afterimage.problem.ProblemException APPLICATION_ELSEWHERE if one has the file that was there before
     */
    public static void requireNobody(Path database) {
        requireNobody(database, Holders.of(database));
    }

    /** The same, but for this process. */
    public static void requireNobodyElse(Path database) {
        requireNobody(database, Holders.others(database));
    }

    private static void requireNobody(Path database, List<Holder> holders) {
        requireNone(database, holders);
        var file = LiveTarget.find(database);
        try {
            OtherLocks.requireNothing(file);
            ApplicationFiles.requireOurDatabase(file);
        } catch (SourceException e) {
            throw LiveTargetProblem.of(e);
        }
    }

    private SoleUse(Path database, LiveFile live, FileChannel channel) {
        this.database = database;
        this.live = live;
        this.channel = channel;
    }

    /**
     * Looks again, where nobody new can find the file: one who opened it before it was moved may still wait for the lock.
     *
     * @param moved where the file is now, under the same name
     * @throws dev.afterimage.problem.ProblemException TARGET_IN_USE if another process has it open
     */
    public void requireNobodyWaits(Path moved) {
        requireNone(database, Holders.others(moved));
    }

    private static void requireNone(Path database, List<Holder> holders) {
        if (!holders.isEmpty()) {
            throw LiveTargetProblem.inUse(database, holders, null);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close(); // while nobody is there whose locks it would drop
        } finally {
            live.leave();
        }
    }
}
