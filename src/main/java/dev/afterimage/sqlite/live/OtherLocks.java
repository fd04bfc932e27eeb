package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Beside;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/**
 * Writers that lock in another way than SQLite's usual one on Unix: by a {@code .lock} beside the database
 * (<a href="https://www.sqlite.org/vfs.html#standard_unix_vfses">unix-dotfile</a>), or not at all (unix-none, {@code nolock=1}). Neither do
 * they respect the locks of this process, nor does it feel theirs: they can only be seen from outside, as far as /proc shows other
 * processes. Beneath one in mid-transaction a connection that can write would roll the journal back, and the database would be lost.
 */
public final class OtherLocks {

    /** As <a href="https://www.sqlite.org/src/file/src/os_unix.c">os_unix.c</a> names it (DOTLOCK_SUFFIX). */
    private static final String SUFFIX = ".lock";

    /**
     * Sees that nobody has locked the database by a directory of that name, as SQLite does, be it for reading or for writing. A file
     * of that name is not looked at: applications have such for themselves.
     *
     * @throws SourceException.LockedOtherwise if somebody has
     */
    static void requireNoDirectory(SourceFile file) {
        if (Files.isDirectory(lock(file), LinkOption.NOFOLLOW_LINKS)) {
            throw lockedByName(file);
        }
    }

    /**
     * The same, before a connection can write, for whatever has that name: old versions of SQLite made a file.
     *
     * @throws SourceException.LockedOtherwise if there is anything
     */
    public static void requireNothing(SourceFile file) {
        if (Files.exists(lock(file), LinkOption.NOFOLLOW_LINKS)) {
            throw lockedByName(file);
        }
    }

    private static Path lock(SourceFile file) {
        return file.path().resolveSibling(file.path().getFileName() + SUFFIX);
    }

    private static SourceException lockedByName(SourceFile file) {
        return SourceException.LockedOtherwise.byName(file.path(), lock(file), Holders.others(file.path()));
    }

    /**
     * Sees that no process is in a transaction without the usual locks, as far as the system shows who has which files open. Takes
     * milliseconds, more where there are thousands of processes.
     *
     * @throws SourceException.LockedOtherwise if one is; also, for a moment, while an application opens a database in WAL mode
     */
    public static void requireNobody(SourceFile file) {
        requireNothing(file);
        var others = Holders.others(file.path());
        requireNone(file, others, hasOpen(Beside.journal(file.path())).and(holder -> !holder.isWriting()));
        requireNone(
                file,
                others,
                hasOpen(Beside.wal(file.path()))
                        .and(hasOpen(Beside.shm(file.path())).negate()));
    }

    private static Predicate<Holder> hasOpen(Path file) {
        return holder -> holder.files().contains(file.getFileName().toString());
    }

    private static void requireNone(SourceFile file, List<Holder> others, Predicate<Holder> locksOtherwise) {
        var found = others.stream().filter(locksOtherwise).toList();
        if (!found.isEmpty()) {
            throw SourceException.LockedOtherwise.inTransaction(file.path(), found);
        }
    }

    /**
     * Sees that a hot journal can only be of a writer that has crashed: nobody else has the database open, and it is the database's own.
     *
     * @param live of which the caller is a user
     * @throws SourceException.LockedOtherwise if somebody has it open
     * @throws SourceException.HotJournal if that cannot be seen, and must not be taken for granted
     * @throws SourceException.Incomplete if the journal is beside a file that it cannot be of
     */
    static void requireCrashed(SourceFile file, LiveFile live, HotJournals journals) {
        requireNothing(file);
        var others = Holders.others(file.path());
        if (!others.isEmpty()) {
            throw SourceException.LockedOtherwise.withHotJournal(file.path(), others);
        }
        switch (journals) {
            case LEAVE -> throw new SourceException.HotJournal(file.path(), null);
            case SETTLE_WHERE_HOLDERS_ARE_SEEN -> {
                if (!Holders.allCanBeSeen()) {
                    throw SourceException.HotJournal.ofSomebodyUnseen(file.path());
                }
            }
            case SETTLE -> {}
        }
        RollbackJournal.beside(file).ifPresent(journal -> SourceSet.requireOwnJournal(file, live, journal));
    }

    private OtherLocks() {}
}
