package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
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
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Captures a database from files that are frozen: writers wait only until they are.
 *
 * @param freezing what is to be frozen, of this database alone
 * @param commands that run under the lock, before it is frozen
 * @param source the database file
 * @param staging an empty directory; empty again afterwards
 */
record FrozenCapturing(
        Supplier<Frozen> freezing,
        JobCommands commands,
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

    /** The stronger of what it is frozen under, and what a command runs under; empty for none. */
    Optional<ScanLock> lock() {
        try (var frozen = freezing.get()) {
            return lock(frozen, commands, database);
        }
    }

    /** Whether a command runs under the lock, so that no method will do which does not hold one. */
    boolean runsCommand() {
        return commands.of(database).isPresent();
    }

    Capture run(Draft draft) {
        try (var frozen = freezing.get()) {
            var lock = lock(frozen, commands, database);
            return lock.isPresent() ? underLock(lock.get(), frozen, draft) : withoutLock(frozen, draft);
        }
    }

    static Optional<ScanLock> lock(Frozen frozen, JobCommands commands, Database database) {
        var ofCommand = commands.lock(database);
        return frozen.lock().map(lock -> ScanLock.strongest(lock, ofCommand)).or(() -> ofCommand);
    }

    private Capture underLock(ScanLock lock, Frozen frozen, Draft draft) {
        Optional<FrozenState> held;
        Capture capture;
        try (var scan = Scan.open(source, options, lock, progress)) {
            if (!runsCommand() && scan.isStill(draft.stateMark())) {
                return scan.finish();
            }
            frozen.prepare();
            scan.hold();
            held = commands.run(List.of(database), progress, scan::requireHeld, () -> freeze(frozen, scan, draft));
            capture = scan.finish();
        }
        return held.isEmpty()
                ? capture
                : FrozenScan.run(frozen.path(database), held.get(), capture, options, draft.writer()::add, progress);
    }

    /** What is to be read from the frozen files; empty when nothing has changed, and nothing is frozen. */
    private Optional<FrozenState> freeze(Frozen frozen, Scan scan, Draft draft) {
        if (scan.holds(draft.stateMark())) {
            scan.letGo();
            return Optional.empty();
        }
        frozen.create(progress, scan::requireHeld);
        return Optional.of(scan.letGo());
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
