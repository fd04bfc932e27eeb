package dev.afterimage.sqlite.live;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.format.WalHeader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The source could not be read. The source is as it was, and no staging file is left behind. */
public sealed class SourceException extends ProblemException {

    private final Path path;

    private SourceException(ProblemCode code, Path path, String what, @Nullable Throwable cause) {
        this(code, path, what, code.hint(), Map.of(), cause);
    }

    private SourceException(ProblemCode code, Path path, String what, String hint, @Nullable Throwable cause) {
        this(code, path, what, hint, Map.of(), cause);
    }

    private SourceException(
            ProblemCode code, Path path, String what, String hint, List<Holder> holders, @Nullable Throwable cause) {
        this(code, path, what, hint, Map.of("holders", Holder.asJson(holders)), cause);
    }

    private SourceException(
            ProblemCode code,
            Path path,
            String what,
            String hint,
            Map<String, Object> more,
            @Nullable Throwable cause) {
        super(Problem.of(code, path + " " + what, hint, withPath(path, more)), cause);
        this.path = path;
    }

    private static Map<String, Object> withPath(Path path, Map<String, Object> more) {
        var properties = new HashMap<>(more);
        properties.put("path", path.toString());
        return properties;
    }

    /** The operating system, or what the file needs beside it, did not allow to read it. */
    public static SourceException unreadable(Path path, String why, @Nullable Throwable cause) {
        return unreadable(path, why, ProblemCode.SOURCE_UNREADABLE.hint(), cause);
    }

    /** The same, with another way out. */
    public static SourceException unreadable(Path path, String why, String hint, @Nullable Throwable cause) {
        return new SourceException(ProblemCode.SOURCE_UNREADABLE, path, "cannot be read: " + why, hint, cause);
    }

    /** It was changed while it was read, in a way that no lock could keep away. */
    public static SourceException overwritten(Path path) {
        return overwritten(path, "was written by somebody who has not locked it");
    }

    /** The same, by a process that is seen. */
    public static SourceException overwritten(Path path, List<Long> pids) {
        return overwritten(path, "was being written by process " + pids.getFirst() + ", which is not SQLite,");
    }

    private static SourceException overwritten(Path path, String how) {
        return new SourceException(
                ProblemCode.BACKUP_INTERRUPTED,
                path,
                how + " while it was read",
                "It is tried again. If that does not help: never copy a file over a live"
                        + " database; use .restore of sqlite3, or a restore of this service.",
                null);
    }

    /** Its writer crashed while it was read. */
    public static SourceException crashed(Path path, @Nullable Throwable cause) {
        return new SourceException(
                ProblemCode.BACKUP_INTERRUPTED,
                path,
                "was left with a hot journal by a writer that crashed while it was read",
                "It is tried again, and the journal rolled back then.",
                cause);
    }

    /** Its {@code -shm}, in which it was locked, is no more what others lock. */
    public static SourceException unlocked(Path path) {
        return new SourceException(
                ProblemCode.BACKUP_INTERRUPTED,
                path,
                "has lost all locks: its -shm was replaced or deleted while it was read",
                "Restart the application: it goes on with what was deleted, in which nobody else sees its locks.",
                null);
    }

    /** Its {@code -wal}, of which it was to be read, is no more there: what is not in the file yet. */
    public static SourceException withoutItsWal(Path path) {
        return new SourceException(
                ProblemCode.BACKUP_INTERRUPTED,
                path,
                "has lost what was committed last: its -wal was replaced or deleted while it was read",
                "Restart the application, in good order: until then it goes on with what was deleted, where nobody else finds what it"
                        + " commits.",
                null);
    }

    /** The lock that kept others away is gone. */
    static SourceException lockLost(Path path) {
        return new SourceException(
                ProblemCode.BACKUP_INTERRUPTED,
                path,
                "has lost the lock that this service had on it",
                "It is tried again. A process that opens and closes the database's files in this service may drop its locks; if it"
                        + " happens again, see what runs under the lock.",
                null);
    }

    /** A file-system snapshot was taken without a lock, amid a transaction over several databases. */
    public static SourceException frozenInCommit(Path path) {
        return new SourceException(
                ProblemCode.BACKUP_INTERRUPTED,
                path,
                "was frozen amid a commit to several databases, of which nobody can tell afterwards whether it took place",
                "It is tried again. With `lock: IMMEDIATE` it cannot happen.",
                null);
    }

    /** Commits made its WAL too large while a capture had a state pinned. */
    public static SourceException walGrew(Path path, long bytesBefore, long bytes, long maxBytes) {
        return new SourceException(
                ProblemCode.BACKUP_INTERRUPTED,
                path,
                "was let go: its WAL grew from %d to %d bytes while it was captured, %d are allowed"
                        .formatted(bytesBefore, bytes, maxBytes),
                "Take the backup when less is written, or without maxBytesPerSecond, or raise maxWalBytes.",
                null);
    }

    /** Method LOCKED_COPY takes the lock of a writer, and this process may not write the file. */
    static SourceException notWritable(Path path, @Nullable Throwable cause) {
        return new SourceException(
                ProblemCode.METHOD_NOT_POSSIBLE, path, "cannot be locked for writing: it may only be read", cause);
    }

    /** Methods ONLINE and VACUUM write pages anew, without what an extension keeps at the end of each. */
    static SourceException reservedBytes(Path path, int bytes) {
        return new SourceException(
                ProblemCode.METHOD_NOT_POSSIBLE,
                path,
                "cannot be captured by this method: its pages have %d reserved bytes".formatted(bytes)
                        + " in which an extension keeps something, such as a checksum, that SQLite alone cannot"
                        + " write",
                "Use method AUTO, SCAN or LOCKED_COPY, which keep each byte.",
                null);
    }

    /** The database file. */
    public final Path path() {
        return path;
    }

    /** Another process kept it locked for longer than the patience. */
    public static final class Locked extends SourceException {

        private final transient List<Holder> holders;

        public Locked(Path path, List<Holder> holders, @Nullable Throwable cause) {
            super(
                    ProblemCode.SOURCE_LOCKED,
                    path,
                    "is locked by " + Holder.named(holders),
                    ProblemCode.SOURCE_LOCKED.hint(),
                    holders,
                    cause);
            this.holders = List.copyOf(holders);
        }

        public List<Holder> holders() {
            return holders;
        }
    }

    /**
     * It is locked, or may be, by a process that does not take the locks which SQLite usually does: {@code OtherLocks} tells which. Nothing was
     * opened that could write.
     */
    public static final class LockedOtherwise extends SourceException {

        private final transient List<Holder> holders;

        private LockedOtherwise(Path path, String what, String hint, List<Holder> holders) {
            super(ProblemCode.SOURCE_LOCKED, path, what, hint, holders, null);
            this.holders = List.copyOf(holders);
        }

        static LockedOtherwise byName(Path path, Path lock, List<Holder> holders) {
            return new LockedOtherwise(
                    path,
                    "is locked by " + lock + ", as SQLite does with the VFS unix-dotfile",
                    "Let the process that made it end its transaction. If that has died, or it is not of SQLite, remove "
                            + lock + " while no process has the database open.",
                    holders);
        }

        static LockedOtherwise inTransaction(Path path, List<Holder> holders) {
            return new LockedOtherwise(
                    path,
                    "is in use by " + Holder.allNamed(holders) + ", which does not lock it as SQLite usually does",
                    "Let its transaction end, or stop it. The locks of this service do not keep it out: have it open the"
                            + " database without nolock=1, and with the VFS unix instead of unix-none or unix-dotfile.",
                    holders);
        }

        static LockedOtherwise withHotJournal(Path path, List<Holder> holders) {
            return new LockedOtherwise(
                    path,
                    "has a hot journal, and is open in " + Holder.allNamed(holders)
                            + ", whose transaction it may be if that locks in another way than SQLite usually does",
                    "If a writer has crashed, let any process of the application read the database, which rolls the journal"
                            + " back. Otherwise let the transaction end, or stop the processes in `holders`.",
                    holders);
        }

        public List<Holder> holders() {
            return holders;
        }
    }

    /**
     * The file was emptied, cut or overwritten, and beside it lies what may be all that is left of the database. It was not opened with
     * SQLite, which would delete that.
     */
    public static final class Incomplete extends SourceException {

        private static final int USUAL_PAGE_SIZE = 4096;

        private Incomplete(Path path, String what, String hint) {
            super(ProblemCode.SOURCE_INCOMPLETE, path, what, hint, null);
        }

        static Incomplete besideWal(Path path, long walBytes, Optional<WalHeader> wal) {
            var what = "has 0 bytes, but beside it is a WAL of " + walBytes + " bytes"
                    + (wal.isPresent() ? "" : ", which does not begin as one does");
            int pageSize = wal.map(WalHeader::pageSize).orElse(USUAL_PAGE_SIZE);
            return new Incomplete(
                    path,
                    what,
                    "Let nothing open it with SQLite, which would delete the WAL. Copy the -wal to an empty directory as rescue.db-wal,"
                            + " and make rescue.db beside it: of the newest snapshot that was taken since the WAL was begun, or, if the"
                            + " database never was checkpointed, by `truncate -s %d rescue.db`.".formatted(pageSize)
                            + " `sqlite3 rescue.db \"PRAGMA integrity_check\"` then puts the WAL into it, and says whether it is whole."
                            + " Stop the application, and restore rescue.db, or a snapshot, by REPLACE_FILE.");
        }

        static Incomplete besideJournal(Path path, String what) {
            return new Incomplete(
                    path,
                    "has a journal that cannot be its own: it " + what,
                    "Let nothing open it with SQLite, which would roll the journal back and delete it. Copy all its files elsewhere"
                            + " first. Put the file back that the journal belongs to, or replace the database by a snapshot"
                            + " (REPLACE_FILE), which keeps its files in a folder.");
        }
    }

    /** It is a database, but damaged. */
    public static final class Corrupt extends SourceException {

        public Corrupt(Path path, String why, @Nullable Throwable cause) {
            super(ProblemCode.SOURCE_CORRUPT, path, "is damaged: " + why, cause);
        }
    }

    /** It is not an SQLite database, or one that is encrypted. */
    public static final class NotADatabase extends SourceException {

        NotADatabase(Path path, String why, @Nullable Throwable cause) {
            this(path, why, ProblemCode.NOT_A_DATABASE.hint(), cause);
        }

        public NotADatabase(Path path, String why, String hint, @Nullable Throwable cause) {
            super(ProblemCode.NOT_A_DATABASE, path, "is not an SQLite database: " + why, hint, cause);
        }
    }

    /** There is no such file. */
    public static final class Missing extends SourceException {

        Missing(Path path, Throwable cause) {
            super(
                    ProblemCode.SOURCE_UNREADABLE,
                    path,
                    "cannot be read: there is no such file",
                    "Put the file back, or correct the path under which the database is registered.",
                    cause);
        }
    }

    /** A crashed writer left a hot journal, and whoever asked must not change the database, not even by rolling it back. */
    public static final class HotJournal extends SourceException {

        private HotJournal(Path path, String what, String hint, @Nullable Throwable cause) {
            super(ProblemCode.SOURCE_UNREADABLE, path, what, hint, cause);
        }

        HotJournal(Path path, @Nullable Throwable cause) {
            this(
                    path,
                    "has the hot journal of a writer that crashed",
                    "Whoever opens the database next rolls it back: the application when it starts, or a backup.",
                    cause);
        }

        static HotJournal ofSomebodyUnseen(Path path) {
            return new HotJournal(
                    path,
                    "has a hot journal, and it cannot be seen from here whether the writer has crashed: this service does not see all processes",
                    "Let the application open the database, which rolls the journal back. If all that open it lock it as SQLite usually"
                            + " does, afterimage.hot-journals.settle-unseen=true lets backups do so, too.",
                    null);
        }
    }

    /** A hot journal is part of a transaction over several databases that is not settled, see {@code SuperJournal}. */
    public static final class SuperJournal extends SourceException {

        public SuperJournal(Path path) {
            super(
                    ProblemCode.SOURCE_UNREADABLE,
                    path,
                    "has the journal of a transaction over several databases, which is not settled",
                    "Open the database with its application, which completes that transaction or takes it back.",
                    null);
        }
    }

    /** It, or a file beside it, is of a kind or has names by which another database could be meant. */
    public static final class Ambiguous extends SourceException {

        public Ambiguous(Path path, String what) {
            super(
                    ProblemCode.SOURCE_UNREADABLE,
                    path,
                    "is not opened: " + what,
                    "A database file, its -wal, -shm and -journal must be regular files with one name each:"
                            + " remove links to them, and what is no file. To back up a hard link, make it a copy.",
                    null);
        }
    }

    /** Another file was put in its place, or it was deleted, while it was read. */
    public static final class Replaced extends SourceException {

        public Replaced(Path path) {
            super(ProblemCode.BACKUP_INTERRUPTED, path, "was replaced or deleted while it was read", null);
        }
    }

    /** An application has other files than those that lie at the path. */
    public static final class Elsewhere extends SourceException {

        public static final String WHAT =
                "is not what its application has: that has another database file, -wal or -shm open";

        public Elsewhere(Path path, List<Long> pids) {
            super(
                    ProblemCode.APPLICATION_ELSEWHERE,
                    path,
                    WHAT + ", see process " + pids.getFirst(),
                    ProblemCode.APPLICATION_ELSEWHERE.hint(),
                    Holders.of(path).stream()
                            .filter(holder -> pids.contains(holder.pid()))
                            .toList(),
                    null);
        }
    }

    /** A restore of this process is putting another file in its place, and keeps everybody out until that is done. */
    public static final class BeingReplaced extends SourceException {

        public BeingReplaced(Path path) {
            super(
                    ProblemCode.SOURCE_LOCKED,
                    path,
                    "is being replaced by a restore of this service",
                    "Try again when the restore has ended.",
                    null);
        }
    }

    /** Method SCAN cannot serve this database as it is; method ONLINE can, or tells what is wrong. */
    public static final class NotScannable extends SourceException {

        public NotScannable(Path path, String why) {
            super(ProblemCode.METHOD_NOT_POSSIBLE, path, "cannot be captured by this method: " + why, null);
        }
    }

    /** Not every commit of it can be taken. */
    public static final class NotFollowable extends SourceException {

        public NotFollowable(Path path, String why) {
            this(path, why, ProblemCode.NOT_FOLLOWABLE.hint());
        }

        /** @param hint what to do about that */
        public NotFollowable(Path path, String why, String hint) {
            super(ProblemCode.NOT_FOLLOWABLE, path, "cannot be followed: " + why, hint, null);
        }

        /** Another process follows it; which one is told where this process may see it. */
        public static NotFollowable byTwo(Path path) {
            return new NotFollowable(
                    path,
                    "another Afterimage follows it, %s. Two that follow get in each other's way: pause or end it there, or stop that service"
                            .formatted(Holder.named(Holders.followers(path))),
                    "Pause or end following in the other service, or stop it; then ask again. What is to be followed here already goes on by itself.");
        }
    }
}
