package dev.afterimage.sqlite.replace;

import static dev.afterimage.sqlite.Connections.execute;
import static dev.afterimage.sqlite.Connections.number;
import static dev.afterimage.sqlite.Connections.text;

import dev.afterimage.bytes.FileCalls;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.Backoff;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.ApplicationFiles;
import dev.afterimage.sqlite.live.Attempts;
import dev.afterimage.sqlite.live.Holders;
import dev.afterimage.sqlite.live.HotJournals;
import dev.afterimage.sqlite.live.LiveConnection;
import dev.afterimage.sqlite.live.OtherLocks;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.live.WalFile;
import dev.afterimage.sqlite.live.WalFrames;
import dev.afterimage.sqlite.state.CommittedState;
import dev.afterimage.sqlite.state.LivePages;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;

/**
 * A live database that gets new content, by a read-write connection of its own. When no other is open, closing it
 * checkpoints the WAL and deletes it, as every writer that closes last does.
 */
public final class LiveTarget implements AutoCloseable {

    /** Each time that it is full the journal is synced. */
    private static final int CACHE_KIB = 32 << 10;

    /** What is not in the cache any more is in the WAL, for which nothing is synced. */
    private static final int CACHE_KIB_IN_WAL_MODE = 4 << 10;

    private final SourceFile file;
    private final LiveConnection live;
    private @Nullable CommittedState noted;
    private @Nullable CommittedState locked;
    private @Nullable CheckpointAtOnce checkpoint;
    private @Nullable FileChannel wal;
    private @Nullable Pinned pinnedAtOnce;
    private boolean syncsLater;
    private long dataVersion;

    /**
     * Sees that its applications have the same files: what is written with a WAL that they do not know would be torn by what they write
     * themselves. Not to be asked by a thread that is confined.
     *
     * @throws ProblemException APPLICATION_ELSEWHERE if one has others
     */
    static void requireOfItsApplications(SourceFile file) {
        try {
            ApplicationFiles.requireOurDatabase(file);
            ApplicationFiles.requireOurWal(file, false);
        } catch (SourceException e) {
            throw LiveTargetProblem.of(e);
        }
    }

    /**
     * Opens it, and notes the state that it is in, which rolls the hot journal of a crashed writer back.
     *
     * @param patience how long a transaction over several databases is waited for, and what else may pass
     * @throws ProblemException TARGET_NOT_REPLACEABLE if there is no database
     * @throws ProblemException TARGET_IN_USE if the file is just being replaced by another one
     */
    public static LiveTarget open(SourceFile file, Duration patience, HotJournals journals) {
        boolean locked = isLockedOnceSettled(file, patience, journals);
        try {
            return new Attempts(patience, PageProgress.NONE).make(burst -> opened(file, locked, burst));
        } catch (SQLException e) {
            throw refusal(file, e);
        } catch (SourceException e) {
            throw LiveTargetProblem.of(e);
        }
    }

    private static LiveTarget opened(SourceFile file, boolean locked, Burst burst) throws SQLException {
        var target = new LiveTarget(
                file,
                locked ? LiveConnection.readWriteBesideWriter(file, burst) : LiveConnection.readWrite(file, burst));
        try {
            target.noteState();
            return target;
        } catch (SQLException | RuntimeException e) {
            try (target) {
                throw e;
            }
        }
    }

    /** Rolls back the hot journal of a crashed writer, as a capture would; SQLite tells one from the journal of a writer that has it locked. */
    private static boolean isLockedOnceSettled(SourceFile file, Duration patience, HotJournals journals) {
        var attempts = new Attempts(patience, PageProgress.NONE);
        try {
            attempts.requireInTime(() -> OtherLocks.requireNobody(file));
            return attempts.make(_ -> isLocked(file, journals));
        } catch (SQLException e) {
            throw LiveTargetProblem.of(file.path(), e);
        } catch (SourceException e) {
            throw LiveTargetProblem.of(e);
        }
    }

    private static boolean isLocked(SourceFile file, HotJournals journals) {
        try (var _ = PinnedRead.begin(file, Duration.ZERO, journals, PageProgress.NONE)) {
            return false;
        } catch (SourceException.Locked e) {
            return true;
        } catch (SourceException.Corrupt | SourceException.NotADatabase e) {
            return false; // no journal was in the way of seeing that
        }
    }

    /**
     * Links on the way to the file are followed, but not one in its place: somebody who may write the directory would choose
     * which file gets the content. Where that must not be either, the directory is held open ({@link TargetDirectory}).
     *
     * @throws ProblemException TARGET_NOT_REPLACEABLE if there is no regular file
     */
    public static SourceFile find(Path target) {
        try {
            return SourceFile.evenIfGoneForAMoment(() -> found(target));
        } catch (NoSuchFileException e) {
            throw LiveTargetProblem.notADatabase(target, "there is no such file", e);
        } catch (IOException e) {
            throw LiveTargetProblem.unwritable(target, String.valueOf(e.getMessage()), e);
        }
    }

    private static SourceFile found(Path target) throws IOException {
        var directory = target.toAbsolutePath().resolveSibling("").toRealPath();
        var real = directory.resolve(target.getFileName());
        var attributes = Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw LiveTargetProblem.notADatabase(real, "it is no regular file", null);
        }
        return new SourceFile(real, attributes.fileKey());
    }

    private LiveTarget(SourceFile file, LiveConnection live) {
        this.file = file;
        this.live = live;
    }

    private void noteState() throws SQLException {
        execute(connection(), "BEGIN");
        try {
            dataVersion(); // reads for the first time: in rollback mode nobody can commit until the transaction ends
            noted = CommittedState.of(file, live.live());
        } catch (SQLException e) {
            if (!Refusal.isBusy(Refusal.primaryCode(e))) {
                throw e;
            }
            // Whoever has it locked will have changed it.
        }
        live.opened().requireOnlyItsFiles();
        execute(connection(), "COMMIT");
    }

    Path path() {
        return file.path();
    }

    SQLiteConnection connection() {
        return live.sql();
    }

    /**
     * Sees before anything is written that the new content fits.
     *
     * @throws ProblemException if it does not fit
     */
    void requireThatItCanTake(NewContent content) throws SQLException {
        dataVersion = dataVersion();
        try (var _ = QueryTime.limit(connection(), QueryTime.OF_SCHEMA)) {
            syncsLater = false;
            boolean wal = "wal".equals(text(connection(), "PRAGMA journal_mode"));
            execute(connection(), "PRAGMA cache_size = -" + (wal ? CACHE_KIB_IN_WAL_MODE : CACHE_KIB));
            // A commit that was told must survive a power failure. That of a WAL is synced before it is told, but not
            // under the lock.
            execute(connection(), "PRAGMA synchronous = " + (wal ? "NORMAL" : "EXTRA"));
            syncsLater = wal;
        } catch (SQLException e) {
            if (!Refusal.isDamage(e)) {
                throw e;
            }
            // Nobody can read its schema, as both of them need to.
        }
        content.fit().require(path(), live);
    }

    private boolean isInWalMode() {
        return live.live()
                .header()
                .filter(header -> header.journalMode() == JournalMode.WAL)
                .isPresent();
    }

    /** Makes it ready to write the WAL back as soon as the new content is committed, if that can be done. */
    void prepareCheckpoint(Burst burst) {
        if (checkpoint == null && isInWalMode()) {
            checkpoint = CheckpointAtOnce.of(file, burst).orElse(null);
        }
    }

    /** Begins to write the WAL back, at once after the commit: an application that commits first would do all of it. */
    void beginCheckpoint() {
        if (checkpoint != null) {
            checkpoint.begin();
        }
    }

    /**
     * Notes the committed state, which nobody can change any more. To be called while it is locked for writing, and before any page is
     * written.
     *
     * @return that state if others may have committed since this was opened
     */
    Optional<LockedState> changedSinceOpened() {
        locked = CommittedState.of(file, live.live());
        openWal(locked instanceof CommittedState.InWal);
        return noted != null && locked.isStill(noted)
                ? Optional.empty()
                : Optional.of(new LockedState(file, live.live(), locked));
    }

    /** Before anything is written: so it hears of all that the disk refuses, whoever else does. */
    private void openWal(boolean thereIsOne) {
        if (syncsLater && !thereIsOne) { // a journal must be synced in its order, which only SQLite can do
            throw LiveTargetProblem.inUse(path(), Holders.others(path()), null);
        }
        closeWal();
        try {
            wal = thereIsOne ? FileChannel.open(Beside.wal(path()), StandardOpenOption.READ) : null;
        } catch (IOException e) {
            throw LiveTargetProblem.unwritable(path(), String.valueOf(e.getMessage()), e);
        }
    }

    private void closeWal() {
        try (var _ = wal) {
            wal = null;
        } catch (IOException e) {
            throw LiveTargetProblem.unwritable(path(), String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Makes the commit survive a power failure; in rollback mode it does already.
     *
     * @throws UnprovenException if the disk refuses it
     */
    void sync() {
        try {
            if (wal != null) {
                wal.force(false);
            }
        } catch (IOException e) {
            throw new UnprovenException(
                    path(),
                    "its WAL could not be synced (%s): after a power failure it may have the old content"
                            .formatted(e.getMessage()),
                    e);
        }
    }

    /** Has the disk begin with what is in the WAL but not on it. No other file: closing a descriptor of the database would drop its locks. */
    void beginWritingWal() {
        if (locked instanceof CommittedState.InWal) {
            FileCalls.beginWriting(Beside.wal(path()));
        }
    }

    /**
     * Sees, after the commit has failed, that the state that was locked is the committed one still, and will be after a crash.
     *
     * @throws UnprovenException if it is not, or cannot be told: SQLite may have written all of the commit and failed to sync it
     */
    void requireAsBefore(SQLException failure) {
        try {
            execute(connection(), "BEGIN");
            dataVersion(); // rolls back what a journal says
            boolean asBefore = isCommittedAndNoMore(CommittedState.of(file, live.live()));
            execute(connection(), "ROLLBACK");
            if (asBefore) {
                return;
            }
        } catch (SQLException | ProblemException e) {
            failure.addSuppressed(e);
        }
        throw new UnprovenException(
                path(),
                "SQLite failed when it committed (%s): the next who opens it may find the old content or the new"
                        .formatted(Refusal.words(failure)),
                failure);
    }

    private boolean isCommittedAndNoMore(CommittedState now) {
        return switch (now) {
            case CommittedState.InFile inFile ->
                locked instanceof CommittedState.InFile before
                        && inFile.header().equals(before.header());
            case CommittedState.InWal inWal ->
                locked instanceof CommittedState.InWal before
                        && inWal.published().changes() == before.published().changes()
                        && !hasMoreThan(inWal.published());
        };
    }

    /**
     * Whoever recovers the WAL goes by its frames alone, and so finds a commit that nobody has published: behind those that were, or in a WAL
     * that it has begun, whose salts nobody has published either.
     */
    private boolean hasMoreThan(WalIndexHeader published) {
        try (var wal = new WalFile(file)) {
            var header = wal.header();
            if (header.isEmpty()) {
                return false;
            }
            boolean begunAnew = header.get().salts() != published.salts();
            var frames = new WalFrames(wal, header.get());
            return !frames.addUpTo(begunAnew ? 0 : Math.toIntExact(published.frames()), PageProgress.NONE)
                    || frames.moreIsCommitted(PageProgress.NONE);
        }
    }

    /** @throws UnprovenException if another file has its name now, so that what was written has none */
    void requireUnreplaced() {
        try {
            var now = Files.readAttributes(path(), BasicFileAttributes.class).fileKey();
            if (!Objects.equals(file.identity(), now)) {
                throw new UnprovenException(path(), "another file was put in its place meanwhile", null);
            }
        } catch (IOException e) {
            throw new UnprovenException(path(), "cannot be found any more: " + e, e);
        }
    }

    /**
     * A state that is committed, and stays readable until {@link #unpin}.
     *
     * @param byOthersToo whether another connection has committed since {@link #requireThatItCanTake}
     */
    record Pinned(CommittedState state, boolean byOthersToo) {}

    /**
     * Begins to read the state that is committed now, before others commit to it. Only in WAL mode, where that makes nobody wait; what
     * is in the way there is told by {@link #pin}.
     */
    void pinAtOnce() {
        if (!(locked instanceof CommittedState.InWal)) {
            return;
        }
        try {
            pinnedAtOnce = pin(Backoff.betweenBursts(Duration.ZERO));
        } catch (SQLException | SourceException e) {
            rollBack(); // it is tried again, and then told
        }
    }

    private void rollBack() {
        try {
            execute(connection(), "ROLLBACK");
        } catch (SQLException e) {
            // There was nothing to roll back.
        }
    }

    /**
     * Begins to read the state that is committed now, unless that was done {@linkplain #pinAtOnce at once}. Call once after {@link #requireThatItCanTake}.
     *
     * @param backoff while others have it locked, as one may who has waited for the commit
     * @throws SQLException busy if it is locked all the time
     * @throws SourceException if it cannot be told how far its WAL is committed
     */
    Pinned pin(Backoff backoff) throws SQLException {
        if (pinnedAtOnce != null) {
            return pinnedAtOnce;
        }
        var before = live.live().walIndex();
        boolean othersCommitted = beginAndTellWhetherOthersCommitted(backoff);
        var state = CommittedState.of(file, live.live());
        return new Pinned(state, othersCommitted || isLaterThan(before, state));
    }

    /** In WAL mode others may commit after the transaction has begun, and what they have published is read, too. */
    private static boolean isLaterThan(Optional<WalIndexHeader> before, CommittedState state) {
        return state instanceof CommittedState.InWal now
                && before.filter(published ->
                                published.changes() == now.published().changes())
                        .isEmpty();
    }

    private boolean beginAndTellWhetherOthersCommitted(Backoff backoff) throws SQLException {
        while (true) {
            backoff.burst().on(connection());
            execute(connection(), "BEGIN");
            try {
                return dataVersion() != dataVersion;
            } catch (SQLException e) {
                if (!Refusal.isBusy(Refusal.primaryCode(e)) || !backoff.pauseUncancelled()) {
                    throw e;
                }
                execute(connection(), "ROLLBACK");
            }
        }
    }

    /** Of the pinned state; null if the file is empty. The caller closes them. */
    @Nullable
    LivePages pages(Pinned pinned) {
        return pinned.state().pages(file, live.live(), PageProgress.NONE);
    }

    void unpin() throws SQLException {
        execute(connection(), "COMMIT");
    }

    /** Counts the commits of other connections that this one has noticed; its own do not count. */
    private long dataVersion() throws SQLException {
        return number(connection(), "PRAGMA data_version");
    }

    /**
     * Writes the WAL back, so that no commit of the application has to; waits for nobody. Readers of an older state keep
     * the WAL as long as it is.
     *
     * @return what the user should know
     */
    List<String> checkpoint() {
        if (checkpoint != null) {
            checkpoint.await();
        }
        try {
            execute(connection(), "PRAGMA busy_timeout = 0");
            execute(connection(), "PRAGMA wal_checkpoint(PASSIVE)"); // the long part, which locks nobody out
            execute(connection(), "PRAGMA wal_checkpoint(TRUNCATE)");
            return List.of();
        } catch (SQLException e) {
            return List.of("The WAL could not be checkpointed now, a later writer will do it: " + Refusal.words(e));
        }
    }

    /** What users are told when it cannot be written, before the commit. */
    ProblemException refusal(SQLException e) {
        return refusal(file, e);
    }

    static ProblemException refusal(SourceFile file, SQLException e) {
        try {
            file.requireUnreplaced(); // SQLite calls also what was moved away read-only
            return LiveTargetProblem.of(file.path(), e);
        } catch (SourceException replaced) {
            return LiveTargetProblem.of(replaced);
        }
    }

    @Override
    public void close() {
        try (var _ = wal;
                var _ = checkpoint) {
            live.close(); // the other connection is closed last then, which leaves the WAL as any that closes last does
        } catch (IOException e) {
            throw LiveTargetProblem.unwritable(path(), String.valueOf(e.getMessage()), e);
        } catch (SQLException e) {
            throw LiveTargetProblem.unwritable(path(), Refusal.words(e), e);
        }
    }
}
