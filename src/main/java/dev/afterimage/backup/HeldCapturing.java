package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.hook.During;
import dev.afterimage.hook.ForDatabases.Chosen;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.capture.Capture;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.capture.ScanLock;
import dev.afterimage.sqlite.live.CaptureOptions;
import java.nio.file.Path;
import java.util.List;

/**
 * Captures a database after the operator's command has run, under the lock under which it has: what is stored is what the command could read.
 *
 * @param lock at least that of the command
 * @param source the database file
 */
record HeldCapturing(
        JobCommands commands,
        Chosen<During> how,
        ScanLock lock,
        Database database,
        Path source,
        CaptureOptions options,
        PageProgress progress) {

    /** Why the method was taken that nobody has asked for. */
    String reason() {
        return "A command runs under the lock (afterimage.hooks.%s.during), and SCAN captures what is locked."
                .formatted(how.key());
    }

    Capture run(Draft draft) {
        try (var scan = Scan.open(source, options, lock, progress)) {
            if (!scan.isStill(draft.stateMark())) {
                scan.firstPass(draft.writer()::add);
            }
            scan.hold();
            return commands.run(List.of(database), progress, scan::requireHeld, () -> captured(scan, draft));
        }
    }

    private static Capture captured(Scan scan, Draft draft) {
        scan.buildOn(draft.markBefore());
        scan.captureHeld(draft.stateMark(), draft.writer()::add);
        return scan.finish();
    }
}
