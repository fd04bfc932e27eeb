package dev.afterimage.sqlite.follow;

import static dev.afterimage.sqlite.Connections.number;

import dev.afterimage.sqlite.Backoff;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.live.WalFile;
import dev.afterimage.sqlite.state.FileStamp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes every commit of a live database in WAL mode, while applications write and checkpoint as they like.
 *
 * <p>Two read transactions alternate. A turn pins the newest state by the one that is free, takes all frames up to what the {@code -shm} says
 * is committed, and only then lets go of the older state. There is no gap between them, for these reasons (<a
 * href="https://www.sqlite.org/walformat.html">the format of WAL and WAL index</a>, and SQLite's {@code wal.c}):
 *
 * <ol>
 *   <li>A read mark greater than 0 keeps the WAL from being begun anew: {@code walRestartLog} and a TRUNCATE checkpoint want marks 1 to 4 for
 *       themselves. Frames behind it stay where they are.
 *   <li>Mark 0 is what a reader gets when all is in the database file. It lets the WAL be begun anew, but keeps every checkpoint from writing
 *       to the file; and before all of it is in the file, a WAL is not begun anew again. So at most one WAL <em>with frames</em> can follow unseen,
 *       and all of these are still there.
 *   <li>Frames up to what the WAL index says are committed, and end with a commit. Those behind it may be rolled back, and are never read.
 *   <li>Each frame's checksum goes on from the one before it, and the last must be the one that the WAL index has. Where the WAL was begun anew
 *       nothing goes on; but the WAL index counts transactions, and as many must have been taken.
 *   <li>A writer that dies while it writes the WAL index leaves it invalid. Whoever comes next recovers it from the WAL, and leaves the marks
 *       that are held. It counts transactions anew, and so the frames alone decide.
 * </ol>
 *
 * <p>Beside an open follower all of this process may read the same database as they like, by {@link LiveFile}; a descriptor that is closed
 * otherwise would silently drop what is pinned. For one thread at a time.
 */
public final class Follower implements AutoCloseable {

    /** How what is there goes on from what was taken. */
    public enum Continuity {
        /** Without a gap. */
        CONTINUED,
        /** Commits may be missing between the two. */
        GAP,
        /** What was taken last is not in the database any more: it was lost with the machine's power, or an older file was put there. */
        FORK
    }

    /** What others must be given time for: a WAL index that stays invalid longer is one whose writer has died. */
    private static final Duration LONGEST_INVALID = Duration.ofMillis(200);

    /** The header of the WAL index, and behind it how far checkpoints have come. */
    private static final int LOOKED_AT = 100;

    private static final int BACKFILLED = 96;

    /** The marks of readers, of which the first is not one in the WAL. */
    private static final int MARKS = 100;

    private static final int MARKS_IN_WAL = 4;

    private final SourceFile file;
    private final WalFile wal;
    private final byte[] lookedAt = new byte[MARKS + (1 + MARKS_IN_WAL) * Integer.BYTES];
    private final byte[] looking = new byte[LOOKED_AT];

    /** As it was before the state that is held was pinned: that is not older, but may be older than what was looked at since. */
    private final byte[] beforePin = new byte[LOOKED_AT];

    private Pin held;

    /** Null while it rests. */
    private @Nullable Pin free;

    private WalPosition position;
    private Continuity continuity = Continuity.CONTINUED;

    /**
     * What is held may be in a checkpoint's way: an older state, because somebody was in our way; or one in the WAL although all is in the
     * database file, because that which has just written it there had not yet let go of mark 0. Which it is nobody tells us, so it is pinned anew
     * so many times; each comes a few milliseconds after the one before.
     */
    private int turnsInTheWay;

    /** More time than a process waits for a core of a busy machine between two of its steps. */
    private static final int TURNS_TO_GET_OUT_OF_THE_WAY = 40;

    private @Nullable Checkpointer checkpointer;
    private @Nullable Gate gate;
    private boolean closed;

    /**
     * Begins with the next commit, or goes on from where another one has stopped.
     *
     * @param database with symbolic links resolved
     * @param from what was taken last; null to begin
     * @throws SourceException.NotFollowable if it is not in WAL mode, another process follows it as well, or its file system does not tell files
     *     apart
     * @throws SourceException if it cannot be read
     */
    public static Follower begin(Path database, @Nullable WalPosition from) {
        var file = SourceFile.find(database);
        if (file.identity() == null) {
            throw new SourceException.NotFollowable(file.path(), "its file system does not tell files apart by inode");
        }
        var held = Pin.open(file);
        try {
            return new Follower(file, held, from);
        } catch (RuntimeException e) {
            try (held) {
                throw e;
            }
        }
    }

    private Follower(SourceFile file, Pin held, @Nullable WalPosition from) {
        this.file = file;
        this.held = held;
        this.wal = new WalFile(file);
        pinPatiently();
        requireWal();
        requireNoOther();
        try {
            position = beginOrContinue(from);
        } catch (RuntimeException e) {
            live().endFollowing();
            throw e;
        }
    }

    /** Only now that the {@code -shm} is there, and is held open by what is pinned. */
    private void requireNoOther() {
        if (!live().beginFollowing()) {
            throw SourceException.NotFollowable.byTwo(file.path());
        }
    }

    private WalPosition beginOrContinue(@Nullable WalPosition from) {
        var published = WalPosition.of(String.valueOf(file.identity()), pageSize(), published());
        var now = published.isWithoutWal() ? published.stamped(stamp()) : published;
        if (from == null) {
            return now;
        }
        continuity = continuity(from, now);
        return continuity == Continuity.CONTINUED ? from : now;
    }

    /** Of the file, which nobody writes to now: what is pinned is in it alone. */
    private @Nullable String stamp() {
        var stamp = FileStamp.of(file);
        return stamp.isOlderThanATick(Instant.now()) ? stamp.toString() : null;
    }

    private void pinPatiently() {
        var backoff = Backoff.betweenBursts(LONGEST_INVALID);
        while (!held.take()) {
            if (!backoff.pause(PageProgress.NONE)) {
                throw Refusal.ofSource(file.path(), Refusal.BUSY);
            }
        }
        held.connection().opened().requireOnlyItsFiles();
    }

    private void requireWal() {
        var header = live().header();
        if (header.isEmpty() || header.get().journalMode() != JournalMode.WAL) {
            throw new SourceException.NotFollowable(file.path(), "it is not in WAL mode");
        }
    }

    private int pageSize() {
        return (int) ask("PRAGMA page_size");
    }

    /** The schema cookie of the state that was pinned last. */
    public int schemaCookie() {
        return held.schemaCookie();
    }

    /** Whether the state that was pinned last has a table of that name, which has no quotes in it. */
    public boolean hasTable(String name) {
        return ask("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '%s'".formatted(name)) > 0;
    }

    private long ask(String query) {
        try {
            return number(held.connection().sql(), query);
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
    }

    private LiveFile live() {
        return held.connection().live();
    }

    /** Whether the frames behind an earlier position prove that they follow it; those before it are proven by them. */
    private Continuity continuity(WalPosition from, WalPosition now) {
        if (!from.isOfSameFile(now)) {
            return Continuity.GAP;
        }
        if (from.salts() != now.salts()) {
            return Continuity.GAP; // even where the next WAL would follow: another one may have come and gone between
        }
        if (now.isWithoutWal()) {
            return now.stamp() != null && now.stamp().equals(from.stamp()) ? Continuity.CONTINUED : Continuity.GAP;
        }
        var reading = new FrameReading(wal, from);
        return reading.provesUpTo(now.frames(), now.checksum()) ? Continuity.CONTINUED : Continuity.FORK;
    }

    /** How it has begun, or went on after the last turn. Otherwise than CONTINUED, this follower is to be closed, and another one begins. */
    public Continuity continuity() {
        return continuity;
    }

    /** Up to where all is taken and durable. */
    public WalPosition position() {
        return position;
    }

    /** Whether anything was committed, or written back, since the state was pinned that is held, or that could not be let go of; reads 100 bytes. */
    public boolean hasMoved() {
        var bytes = ByteBuffer.wrap(looking);
        live().readShm(bytes);
        return turnsInTheWay > 0 || !Arrays.equals(looking, beforePin);
    }

    /**
     * Takes what was committed since the last turn, and then lets go of the state before it.
     *
     * @param sink takes it
     * @return the continuity: when it is not CONTINUED, nothing was taken. Nor is anything while the WAL index is invalid, which it is until
     *     somebody can recover it
     * @throws SourceException if the database cannot be read any more; what was taken before stays taken
     */
    public Continuity turn(CommitSink sink) {
        live().readShm(ByteBuffer.wrap(looking));
        var next = free == null ? Pin.open(file) : free;
        free = next;
        boolean isPinned = next.take(); // else the older one still holds what is needed
        try {
            look();
            continuity =
                    valid(lookedAt).map(published -> takeUpTo(published, sink)).orElse(Continuity.CONTINUED);
        } catch (RuntimeException | Error e) {
            try {
                sink.undo();
            } finally {
                next.release();
            }
            throw e;
        }
        turnsInTheWay = turnsInTheWay(isPinned);
        if (isPinned) {
            System.arraycopy(looking, 0, beforePin, 0, LOOKED_AT);
            held.release();
            free = held;
            held = next;
        }
        return continuity;
    }

    private int turnsInTheWay(boolean isPinned) {
        if (!isPinned || isAnOlderState()) {
            return Math.max(1, turnsInTheWay);
        }
        if (!isWrittenBack(looking)) {
            return 0;
        }
        return isWrittenBack(beforePin) ? Math.max(0, turnsInTheWay - 1) : TURNS_TO_GET_OUT_OF_THE_WAY;
    }

    /** SQLite pins an older state where others are in the way of a mark for the newest; then no mark is that. */
    private boolean isAnOlderState() {
        var marks = ByteBuffer.wrap(lookedAt).order(ByteOrder.nativeOrder());
        return !isWrittenBack(lookedAt)
                && valid(lookedAt)
                        .filter(published -> IntStream.rangeClosed(1, MARKS_IN_WAL)
                                .mapToLong(mark -> Integer.toUnsignedLong(marks.getInt(MARKS + mark * Integer.BYTES)))
                                .noneMatch(mark -> mark == published.frames()))
                        .isPresent();
    }

    private void look() {
        var backoff = Backoff.ofAFewAtLeast(LONGEST_INVALID);
        do {
            live().readShm(ByteBuffer.wrap(lookedAt));
        } while (valid(lookedAt).isEmpty() && backoff.pause(PageProgress.NONE));
    }

    private static Optional<WalIndexHeader> valid(byte[] shm) {
        return WalIndexHeader.parse(ByteBuffer.wrap(shm));
    }

    private WalIndexHeader published() {
        look();
        return valid(lookedAt)
                .orElseThrow(() -> new SourceException.NotFollowable(
                        file.path(), "its -shm file does not tell how far its WAL is committed"));
    }

    private Continuity takeUpTo(WalIndexHeader published, CommitSink sink) {
        long transactions = position.commitsUntil(published);
        if (published.frames() == 0) {
            return transactions == 0 ? Continuity.CONTINUED : Continuity.GAP;
        }
        boolean isBegunAnew = published.salts() != position.salts();
        var from = isBegunAnew ? position.atBeginOf(published.salts()) : position;
        var reading = new FrameReading(wal, from);
        if (!reading.offerUpTo(published.frames(), published.checksum(), sink)) {
            sink.undo();
            return Continuity.FORK;
        }
        if (isBegunAnew && !reading.mayHaveBeen(transactions)) {
            sink.undo();
            return Continuity.GAP;
        }
        keep(published, sink);
        return Continuity.CONTINUED;
    }

    /**
     * A WAL that is begun anew is none before it has a frame: until then a recovery brings back the one before, which is still in the file, and
     * that is not taken twice.
     */
    private void keep(WalIndexHeader published, CommitSink sink) {
        var reached = WalPosition.of(position.file(), position.pageSize(), published);
        if (!reached.equals(position)) {
            sink.durable(reached);
            position = reached;
        }
    }

    /** Frames that are in the WAL, as the last turn has seen it. */
    public long walFrames() {
        return valid(lookedAt).map(WalIndexHeader::frames).orElse(0L);
    }

    /** Whether all of them are in the database file, too: then the WAL may be begun anew. */
    public boolean isWrittenBack() {
        return isWrittenBack(lookedAt);
    }

    private static boolean isWrittenBack(byte[] shm) {
        int written = ByteBuffer.wrap(shm).order(ByteOrder.nativeOrder()).getInt(BACKFILLED);
        return valid(shm)
                .filter(published -> published.frames() == Integer.toUnsignedLong(written))
                .isPresent();
    }

    /**
     * Writes what was taken to the database file, as applications do now and then; with a reader that is always there, theirs never come so
     * far that the WAL can be begun anew. Waits for nobody. The next turn then pins a state that lets it be begun anew.
     *
     * @return whether all of it is written
     * @throws SourceException if the database cannot be written
     */
    public boolean checkpoint() {
        if (checkpointer == null) {
            checkpointer = Checkpointer.open(file);
        }
        return checkpointer.run();
    }

    /**
     * Keeps writers out for an instant, in which it takes the few commits that are left and writes all back: the next writer then begins the WAL
     * anew. One who never pauses outruns {@link #checkpoint}. To be called directly after that, so that little is left.
     *
     * <p>A writer that comes meanwhile waits as long as its busy timeout allows; one that has read before in the same transaction is told BUSY at
     * once, timeout or not.
     *
     * @param sink takes what is left; {@link #continuity} says how it went
     * @return how long writers were kept out; zero where they would not let go of their lock, or the log does not go on
     * @throws SourceException if the database cannot be read or written; writers are let in then
     */
    public Duration writeBackAlone(CommitSink sink) {
        var shutting = gate == null ? Gate.open(file) : gate;
        gate = shutting;
        if (turn(sink) != Continuity.CONTINUED || !shutting.shut()) {
            return Duration.ZERO;
        }
        long since = System.nanoTime();
        try {
            if (turn(sink) == Continuity.CONTINUED && checkpoint()) {
                turn(sink); // pins a state that lets the WAL be begun anew
            }
        } finally {
            shutting.letIn();
        }
        return Duration.ofNanos(System.nanoTime() - since);
    }

    /** Gives back what only a turn needs, until the next one: of a thousand databases most are quiet most of the time. */
    public void rest() {
        closeWriting();
        var resting = free;
        free = null;
        if (resting != null) {
            resting.close();
        }
    }

    private void closeWriting() {
        try (var _ = checkpointer;
                var _ = gate) {
            checkpointer = null;
            gate = null;
        }
    }

    /** Lets go of all, once. Connections that can write go first: the last one of all would delete the WAL. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (var _ = held;
                var _ = free;
                wal) {
            try {
                closeWriting();
            } finally {
                live().endFollowing();
            }
        }
    }
}
