package dev.afterimage.backup;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.capture.Capture;
import dev.afterimage.sqlite.capture.LockedCopy;
import dev.afterimage.sqlite.capture.OnlineCopy;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.capture.VacuumCopy;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.SourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
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

    private static final String SCANNED = "AUTO takes SCAN wherever it can serve.";

    @FunctionalInterface
    private interface Copying {
        Capture run(Path source, Path copy, CaptureOptions options, PageProgress progress);
    }

    Captured by(Method method, Draft draft) {
        if (held != null) {
            return method == Method.AUTO
                    ? new Captured(method, Method.SCAN, held.reason(), held.run(draft))
                    : new Captured(method, method, null, held.run(draft));
        }
        return switch (method) {
            case AUTO -> automatic(draft);
            case SCAN -> new Captured(method, method, null, scanned(draft));
            case ONLINE -> new Captured(method, method, null, copied(OnlineCopy::run, draft));
            case LOCKED_COPY -> new Captured(method, method, null, locked(draft));
            case VACUUM -> new Captured(method, method, null, copied(VacuumCopy::run, draft));
            case FILESYSTEM_SNAPSHOT ->
                new Captured(method, method, null, required(frozen).run(draft));
        };
    }

    private static FrozenCapturing required(@Nullable FrozenCapturing frozen) {
        return Objects.requireNonNull(frozen, "it is required before anything is captured");
    }

    private Captured automatic(Draft draft) {
        var method = frozen == null ? Method.SCAN : Method.FILESYSTEM_SNAPSHOT;
        try {
            return frozen == null
                    ? new Captured(Method.AUTO, method, SCANNED, scanned(draft))
                    : new Captured(Method.AUTO, method, frozen.reason(), frozen.run(draft));
        } catch (SourceException.NotScannable e) {
            var reason = "%s cannot serve: %s".formatted(method, e.getMessage());
            return new Captured(Method.AUTO, Method.ONLINE, reason, copied(OnlineCopy::run, draft));
        }
    }

    private Capture scanned(Draft draft) {
        return Scan.run(source, options, draft.stateMark(), draft.writer()::add, progress);
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
