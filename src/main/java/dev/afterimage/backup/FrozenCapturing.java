package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.hook.Freeze;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.capture.Capture;
import dev.afterimage.sqlite.capture.FrozenScan;
import dev.afterimage.sqlite.capture.RecoveredCopy;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.capture.ScanLock;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.state.FrozenFiles;
import dev.afterimage.sqlite.state.FrozenState;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Captures a database from files that are frozen: writers wait only until they are.
 *
 * @param freezing what is to be frozen, of this database alone
 * @param source the database file
 * @param staging an empty directory; empty again afterwards
 */
record FrozenCapturing(
        Supplier<Frozen> freezing,
        Database database,
        Path source,
        Path staging,
        CaptureOptions options,
        PageProgress progress) {

    private static final String WITHOUT_LOCK =
            "It is crash-consistent: no lock was held while its files were frozen, which then were recovered as after a crash.";

    /** Why the method was taken that nobody has asked for. */
    String reason() {
        try (var frozen = freezing.get()) {
            return frozen.reason();
        }
    }

    /** Does what {@link #run} does before anybody waits and before any command runs, except that it does not look at the database. */
    void tryOut() {
        try (var frozen = freezing.get()) {
            frozen.requireNothingThere();
        }
    }

    Freeze.Lock lock() {
        try (var frozen = freezing.get()) {
            return frozen.lock();
        }
    }

    Capture run(Draft draft) {
        try (var frozen = freezing.get()) {
            return frozen.lock() == Freeze.Lock.NONE ? withoutLock(frozen, draft) : underLock(frozen, draft);
        }
    }

    private Capture underLock(Frozen frozen, Draft draft) {
        FrozenState held;
        Capture capture;
        try (var scan = Scan.open(source, options, scanLock(frozen), progress)) {
            if (scan.isStill(draft.stateMark())) {
                return scan.finish();
            }
            frozen.prepare();
            scan.hold();
            frozen.create(progress, scan::requireHeld);
            held = scan.letGo();
            capture = scan.finish();
        }
        return FrozenScan.run(frozen.path(database), held, capture, options, draft.writer()::add, progress);
    }

    static ScanLock scanLock(Frozen frozen) {
        return frozen.lock() == Freeze.Lock.IMMEDIATE ? ScanLock.IMMEDIATE : ScanLock.READ;
    }

    private Capture withoutLock(Frozen frozen, Draft draft) {
        var file = SourceFile.find(source);
        frozen.prepare();
        var at = options.clock().instant();
        long walBytesBefore = file.walBytes();
        frozen.create(progress, file::requireUnreplaced);
        return recovered(frozen.path(database), file, at, walBytesBefore, staging, draft, progress);
    }

    /**
     * Captures what was frozen without a lock.
     *
     * @param path of the frozen database file
     * @param live of which it is
     * @param at when it was frozen
     */
    static Capture recovered(
            Path path,
            SourceFile live,
            Instant at,
            long walBytesBefore,
            Path staging,
            Draft draft,
            PageProgress progress) {
        var copy = staging.resolve("copy-" + UUID.randomUUID() + ".db");
        try (var recovered = RecoveredCopy.of(FrozenFiles.find(path, live), copy, progress)) {
            var capture = recovered.capture(live, at, walBytesBefore, List.of(WITHOUT_LOCK));
            draft.writer().add(recovered.path(), progress.phase("SAVING", capture.pageSize()));
            return capture;
        }
    }
}
