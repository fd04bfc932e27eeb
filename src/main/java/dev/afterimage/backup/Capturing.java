package dev.afterimage.backup;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.capture.Capture;
import dev.afterimage.sqlite.capture.LockedCopy;
import dev.afterimage.sqlite.capture.OnlineCopy;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.capture.VacuumCopy;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.ExclusiveLock;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.live.WriteLock;
import dev.afterimage.sqlite.state.GuardedRead;
import dev.afterimage.sqlite.state.PinnedPages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads a live database, by any method, into a snapshot that is being written.
 *
 * @param source the database file
 * @param staging an empty directory for the copy that some methods make; empty again afterwards
 * @param held what is done under a lock; null where no command runs under one
 * @param frozen what FILESYSTEM_SNAPSHOT does; null where that is not wanted, or nothing tells how
 */
record Capturing(
        Path source,
        Path staging,
        CaptureOptions options,
        @Nullable HeldCapturing held,
        @Nullable FrozenCapturing frozen,
        PageProgress progress) {

    @FunctionalInterface
    private interface Copying {
        Capture run(Path source, Path copy, CaptureOptions options, PageProgress progress);
    }

    Captured by(Method method, Draft draft) {
        if (method != Method.AUTO) {
            return new Captured(method, method, null, taken(method, draft));
        }
        var choice = firstChoice();
        try {
            return taken(choice, draft);
        } catch (SourceException.NotScannable e) {
            return taken(choiceInstead(choice, e).orElseThrow(() -> e), draft);
        }
    }

    /** What AUTO tries first. */
    Choice firstChoice() {
        if (held != null) {
            return new Choice(Method.SCAN, held.reason());
        }
        return frozen == null ? Choice.SCANNED : new Choice(Method.FILESYSTEM_SNAPSHOT, frozen.reason());
    }

    /** What AUTO takes where that cannot serve; empty where nothing else captures what a command runs under the lock of. */
    Optional<Choice> choiceInstead(Choice first, SourceException.NotScannable why) {
        boolean commanded = held != null || (frozen != null && frozen.runsCommand());
        return commanded ? Optional.empty() : Optional.of(first.insteadOf(why));
    }

    private Captured taken(Choice choice, Draft draft) {
        return new Captured(Method.AUTO, choice.method(), choice.reason(), taken(choice.method(), draft));
    }

    private Capture taken(Method method, Draft draft) {
        if (held != null) {
            return held.run(draft);
        }
        return switch (method) {
            case AUTO -> throw new IllegalArgumentException("it is a choice among the others");
            case SCAN -> scanned(draft);
            case ONLINE -> copied(OnlineCopy::run, draft);
            case LOCKED_COPY -> locked(draft);
            case VACUUM -> copied(VacuumCopy::run, draft);
            case FILESYSTEM_SNAPSHOT -> required(frozen).run(draft);
        };
    }

    /**
     * Does all that {@link #by} does before it reads pages, has anybody wait, or changes anything: it leaves a hot journal where it is.
     *
     * @param method not AUTO, which is a choice among the others
     * @return null where the method does not look at it
     * @throws dev.afterimage.problem.ProblemException if the method cannot serve now, as a backup would
     */
    @Nullable
    JournalMode tryOut(Method method) {
        try {
            return tryOut(method, options.leavingHotJournals());
        } catch (SourceException.HotJournal e) {
            PinnedRead.requireRollbackAllowed(SourceFile.find(source), options.hotJournals());
            return JournalMode.ROLLBACK;
        }
    }

    private @Nullable JournalMode tryOut(Method method, CaptureOptions looking) {
        return switch (method) {
            case AUTO -> throw new IllegalArgumentException("it is a choice among the others");
            case SCAN, LOCKED_COPY -> tryOut(lock(method), looking);
            case ONLINE, VACUUM -> GuardedRead.tryOut(source, looking, progress);
            case FILESYSTEM_SNAPSHOT -> {
                required(frozen).tryOut();
                yield tryOut(lock(method), looking);
            }
        };
    }

    private @Nullable JournalMode tryOut(SourceLock lock, CaptureOptions looking) {
        var file = SourceFile.find(source);
        return switch (lock) {
            case NONE -> null;
            case READ -> PinnedPages.tryOut(source, looking, progress);
            case IMMEDIATE -> {
                WriteLock.requireTakeable(file);
                yield PinnedPages.tryOut(source, looking, progress);
            }
            case EXCLUSIVE -> {
                WriteLock.requireTakeable(file);
                var mode = PinnedPages.tryOut(source, looking, progress);
                ExclusiveLock.requireTakeable(file, mode);
                yield mode;
            }
        };
    }

    /** What is held while the method keeps a state. */
    SourceLock lock(Method method) {
        if (held != null) {
            return SourceLock.of(held.lock());
        }
        return switch (method) {
            case AUTO -> throw new IllegalArgumentException("it is a choice among the others");
            case SCAN, ONLINE, VACUUM -> SourceLock.READ;
            case LOCKED_COPY -> SourceLock.IMMEDIATE;
            case FILESYSTEM_SNAPSHOT ->
                required(frozen).lock().map(SourceLock::of).orElse(SourceLock.NONE);
        };
    }

    /** Whether it is held for as long as the operator's command takes. */
    boolean isHeldByCommand() {
        return held != null || frozen != null;
    }

    private static FrozenCapturing required(@Nullable FrozenCapturing frozen) {
        return Objects.requireNonNull(frozen, "it is required before anything is captured");
    }

    private Capture scanned(Draft draft) {
        return Scan.run(source, options, draft.stateMark(), draft.markBefore(), draft.writer()::add, progress);
    }

    private Capture locked(Draft draft) {
        return LockedCopy.run(source, newCopy(), options, draft.stateMark(), draft.writer()::add, progress);
    }

    private Capture copied(Copying copying, Draft draft) {
        var copy = newCopy();
        var capture = copying.run(source, copy, options, progress);
        try {
            draft.writer().add(copy, progress.phase("SAVING", capture.pageSize()));
        } finally {
            delete(copy); // a check that follows, or a second try in full, needs room for a copy of its own
        }
        return capture;
    }

    /** A name that no application's database has: it is told by names who has opened what. */
    private Path newCopy() {
        return staging.resolve("copy-" + UUID.randomUUID() + ".db");
    }

    private static void delete(Path copy) {
        try {
            Files.delete(copy);
        } catch (IOException e) {
            throw StagingProblem.of(copy, e);
        }
    }
}
