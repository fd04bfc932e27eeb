package dev.afterimage.sqlite.capture;

import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SpeedLimit;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.ApplicationFiles;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.Extent;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.live.WalFile;
import dev.afterimage.sqlite.live.WriteLock;
import dev.afterimage.sqlite.state.FrozenState;
import dev.afterimage.sqlite.state.LivePages;
import dev.afterimage.sqlite.state.OneMoment;
import dev.afterimage.sqlite.state.PinnedPages;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Captures a live database by reading its pages straight from its file and its WAL, under a read transaction that keeps
 * the state in place. There is no staging file: the pages are offered to a {@link PageSink}, which takes what it needs. In
 * steps, so that several databases can be pinned before the first is captured; {@link #run} is all of them for one.
 *
 * <p>In WAL mode writers never wait, unless it is {@linkplain LockedCopy asked for}. In rollback-journal mode they wait while the
 * scan is pinned. Where they wait, all pages are offered once before that, unlocked, so that little is left to be stored under the
 * lock. For one thread at a time; the sources that are offered may be read by several.
 */
public final class Scan implements AutoCloseable {

    /** The phase in which pages are offered without a lock, which the captured ones need not be equal to. */
    private static final String PHASE_OF_FIRST_PASS = "SCANNING";

    /** The phase in which something else is done with the database while it is {@linkplain #hold held}. */
    public static final String PHASE_WHILE_HELD = "HELD";

    private final SourceFile file;
    private final LiveFile live;
    private final CaptureOptions options;
    private final ScanLock kind;
    private final PageProgress progress;
    private final long walBytesBefore;
    private final Set<String> notes = new LinkedHashSet<>();
    private Duration lockHeld = Duration.ZERO;
    private @Nullable String before;
    private @Nullable WriteLock lock;
    private @Nullable PinnedPages pinned;
    private @Nullable HeldLock held;
    private @Nullable Capture capture;

    /**
     * The whole scan of one database. The source is not changed, except as by {@link OnlineCopy#run}.
     *
     * @param stateMark of an earlier capture of this file: if it proves that nothing has changed, no pages are offered
     * @param sink is offered the pages, where writers wait twice: first of no certain state, then of the captured one
     * @throws SourceException if the source cannot be read; {@link SourceException.NotScannable} if only not in this way;
     *     {@link SourceException} BACKUP_INTERRUPTED if it was written without locks
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress}
     */
    public static Capture run(
            Path source, CaptureOptions options, @Nullable String stateMark, PageSink sink, PageProgress progress) {
        try (var scan = open(source, options, progress)) {
            return scan.run(stateMark, sink);
        }
    }

    /**
     * The same for a sink that has the pages of an earlier capture.
     *
     * @param before mark of that: where all commits since then are in the WAL, the pages tell which of them may have changed
     */
    public static Capture run(
            Path source,
            CaptureOptions options,
            @Nullable String stateMark,
            @Nullable String before,
            PageSink sink,
            PageProgress progress) {
        try (var scan = open(source, options, progress)) {
            scan.buildOn(before);
            return scan.run(stateMark, sink);
        }
    }

    /**
     * Captures for a sink that has the pages of an earlier capture of this file, and of nothing else.
     *
     * @param mark of that: where all commits since then are in the WAL, the pages tell which of them may have changed; null where there is none
     */
    public void buildOn(@Nullable String mark) {
        before = mark;
    }

    /** All of its steps, but for what is unchanged. */
    Capture run(@Nullable String stateMark, PageSink sink) {
        if (!isStill(stateMark)) {
            firstPass(sink);
            pin();
            capture(sink);
        }
        return finish();
    }

    /**
     * Finds the file. Takes no lock that lasts.
     *
     * @param options {@code maxBytesPerSecond} holds for all but the pass that makes writers wait
     */
    public static Scan open(Path source, CaptureOptions options, PageProgress progress) {
        return open(source, options, ScanLock.READ, progress);
    }

    /** @param lock that is held while it is pinned */
    public static Scan open(Path source, CaptureOptions options, ScanLock lock, PageProgress progress) {
        return new Scan(PinnedPages.findScannable(source), options, lock, progress);
    }

    private Scan(SourceFile file, CaptureOptions options, ScanLock kind, PageProgress progress) {
        this.file = file;
        this.options = options;
        this.kind = kind;
        this.progress = progress;
        this.walBytesBefore = file.walBytes();
        this.live = LiveFile.enter(file);
    }

    /**
     * Whether the database is provably in the state that an earlier capture's mark is of. Then nothing is left to be done
     * but {@link #finish}. Pins for a moment, and reads no pages.
     */
    public boolean isStill(@Nullable String stateMark) {
        if (stateMark == null) {
            return false;
        }
        try (var now = PinnedPages.begin(file, live, options, progress)) {
            boolean still = now.mark().says(stateMark);
            var extent = now.extent();
            if (still && now.isAllInFile()) {
                notes.addAll(now.notesOnEnd(now.pages(progress)));
            }
            end(now);
            if (still) {
                capture = captured(now, stateMark, extent);
            }
            return still;
        }
    }

    /**
     * Where writers are to wait, offers all pages as the file has them now, while others may write them: they may be torn
     * or of different moments. Offers nothing where they are not.
     *
     * @throws SourceException.Elsewhere if an application has another file than the one at the path
     */
    public void firstPass(PageSink sink) {
        ApplicationFiles.requireOurDatabase(file);
        LivePages pages;
        try (var now = PinnedPages.begin(file, live, options, progress)) {
            end(now);
            if (!writersWait(now)) {
                return;
            }
            pages = now.unpinnedPages();
        }
        if (isLocked()) { // not only when all has been read
            WriteLock.requireWritable(file);
        }
        offer(pages, PHASE_OF_FIRST_PASS, options.maxBytesPerSecond(), () -> {}, sink);
    }

    private boolean writersWait(PinnedPages pages) {
        return isLocked() || pages.journalMode() == JournalMode.ROLLBACK;
    }

    /** Begins the read transaction and, in WAL mode, finds out how far the WAL is committed. */
    public void pin() {
        if (kind == ScanLock.IMMEDIATE) {
            lock = WriteLock.take(file, options, progress);
        }
        pinned = kind == ScanLock.EXCLUSIVE
                ? PinnedPages.beginAlone(file, live, options, progress)
                : PinnedPages.begin(file, live, options, progress);
    }

    private boolean isLocked() {
        return kind != ScanLock.READ;
    }

    /**
     * Brings pinned scans to states that all held at one instant, in which they then are pinned. Commits of others are
     * followed till that is so; if they come too fast for that, each capture gets a note that says by how much the states may be apart.
     *
     * @return whether it is so
     */
    public static boolean atOneMoment(List<Scan> pinned) {
        var databases = pinned.stream().map(Scan::requirePinned).toList();
        var apart = new OneMoment(databases, pinned.getFirst().options.clock(), pinned.getFirst().progress).find();
        if (!apart.isZero()) {
            pinned.forEach(scan ->
                    scan.notes.add("The databases of the group were written so fast that their states may be up to "
                            + Math.max(1, apart.toMillis()) + " ms apart."));
        }
        return apart.isZero();
    }

    /** Offers all pages of the pinned state, then ends the read transaction. */
    public void capture(PageSink sink) {
        var state = requirePinned();
        var mark = state.mark().trusted(options.clock().instant()).orElse(null);
        var extent = state.extent();
        long maxBytesPerSecond = writersWait(state) ? 0 : options.maxBytesPerSecond();
        // What was offered unlocked before is of no certain state, so all of it is read again.
        var pages = before == null || writersWait(state) ? state.pages(progress) : state.pagesSince(before, progress);
        notes.addAll(state.notesOnEnd(pages));
        offer(pages, OnlineCopy.PHASE, maxBytesPerSecond, state::requireSteadyNowAndThen, sink);
        if (held != null) {
            requireStillHeld();
        }
        end(state);
        capture = captured(state, mark, extent);
    }

    /** Pins as {@link #pin}, for something else than {@link #capture} to be done with the database's files until {@link #letGo}. */
    public void hold() {
        ApplicationFiles.requireOurDatabase(file);
        pin();
        requirePinned().settle();
        held = new HeldLock(file, kind, journalMode());
    }

    /**
     * Sees that what is pinned still is what lies at the path: to be asked often.
     *
     * @throws SourceException BACKUP_INTERRUPTED if somebody writes without locks, another file is there, or the lock is gone
     */
    public void requireHeld() {
        requirePinned().requireSteadyNowAndThen();
        Objects.requireNonNull(held, "it is not held").require();
    }

    private void requireStillHeld() {
        requireHeld();
        if (isLocked()) {
            requirePinned().requireNewest(progress);
        }
    }

    /** Whether what is held provably is in the state that an earlier capture's mark is of. */
    public boolean holds(@Nullable String stateMark) {
        return stateMark != null && requirePinned().mark().says(stateMark);
    }

    /**
     * Captures what is held, under the lock that it is held by.
     *
     * @param stateMark of an earlier capture of this file: if it proves that nothing has changed, no pages are offered
     * @throws SourceException BACKUP_INTERRUPTED if it was not held all along
     */
    public void captureHeld(@Nullable String stateMark, PageSink sink) {
        requireStillHeld();
        if (holds(stateMark)) {
            letGo();
        } else {
            capture(sink);
        }
    }

    /** Whether the file system can clone the database file. The clone of this attempt is of no certain state. */
    boolean canCloneTo(Path target) {
        try {
            return live.cloneTo(target);
        } catch (IOException e) {
            throw StagingProblem.of(target, e);
        }
    }

    /**
     * Has the file system clone the database file, and copies its WAL, under whatever lock there is.
     *
     * @param target that does not exist
     * @return false if the file system cannot; then nothing was made
     */
    boolean cloneTo(Path target) {
        if (!canCloneTo(target)) {
            return false;
        }
        try {
            WalFile.copy(file, Beside.wal(target));
            return true;
        } catch (IOException e) {
            throw StagingProblem.of(target, e);
        }
    }

    /**
     * Proves that the state was pinned all along, and lets writers go on. The capture is of that state, though its pages were not read.
     *
     * @return by which it can be read from files that were frozen meanwhile
     * @throws SourceException BACKUP_INTERRUPTED if it was not
     */
    public FrozenState letGo() {
        requireStillHeld();
        var state = requirePinned();
        var mark = state.mark().trusted(options.clock().instant()).orElse(null);
        var extent = state.extent();
        var frozen = state.frozen(progress);
        end(state);
        capture = captured(state, mark, extent);
        return frozen;
    }

    /** Of the pinned state; in rollback-journal mode writers wait until {@link #capture} ends. */
    public JournalMode journalMode() {
        return requirePinned().journalMode();
    }

    PinnedPages requirePinned() {
        if (pinned == null) {
            throw new IllegalStateException("it is not pinned");
        }
        return pinned;
    }

    private void offer(LivePages pages, String phase, long maxBytesPerSecond, Runnable meanwhile, PageSink sink) {
        offer(pages, phase, maxBytesPerSecond, meanwhile, sink, progress);
    }

    /** @param meanwhile done at each report of the sink; may throw to end it */
    static void offer(
            LivePages pages,
            String phase,
            long maxBytesPerSecond,
            Runnable meanwhile,
            PageSink sink,
            PageProgress progress) {
        var inPhase = progress.phase(phase, pages.pageSize());
        var limit = new SpeedLimit(pages.pageSize(), maxBytesPerSecond);
        try {
            sink.take(pages, (done, total) -> {
                meanwhile.run();
                limit.report(Math.min(done, pages.pagesRead()), done, total, inPhase);
            });
        } finally {
            pages.stop();
        }
    }

    private void end(PinnedPages state) {
        if (lock != null) { // what is looked at once more is looked at while others can write
            lockHeld = lockHeld.plus(lock.release());
            notes.addAll(lock.notes());
            state.release();
        } else {
            lockHeld = lockHeld.plus(state.release());
        }
        // The first pin may have rolled back a hot journal, of which the later ones know nothing.
        notes.addAll(state.notes());
        file.requireUnreplaced();
    }

    private Capture captured(PinnedPages state, @Nullable String mark, Extent extent) {
        return new Capture(
                state.pinnedAt(),
                state.pageSize(),
                state.pageCount(),
                state.journalMode(),
                lockHeld,
                walBytesBefore,
                file.walBytes(),
                List.copyOf(notes),
                mark,
                extent);
    }

    /**
     * What was captured, or found to be unchanged.
     *
     * @throws IllegalStateException if neither
     */
    public Capture finish() {
        if (capture == null) {
            throw new IllegalStateException("nothing was captured");
        }
        return capture;
    }

    /** Ends the read transaction if it is still there; no descriptor stays open. */
    @Override
    public void close() {
        try (var _ = lock;
                var _ = pinned) {
            // They are closed, the lock after what was read under it; whatever that throws, the file is left.
        } finally {
            live.leave();
        }
    }
}
