package dev.afterimage.sqlite.capture;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.state.FrozenState;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Captures a live database while the lock of a writer keeps all others from committing, in both journal modes; they can read. Where the file
 * system can clone the file into staging, that is all that is done under the lock.
 */
public final class LockedCopy {

    private static final String CLONED =
            "The file system has cloned the database under the lock; its pages were read after that.";

    /**
     * As {@link Scan#run}. {@code lockHeld} is how long others could not commit, in WAL mode too.
     *
     * @param clone a file in staging that does not exist; nor does it afterwards
     * @throws SourceException METHOD_NOT_POSSIBLE if this process may only read the file
     */
    public static Capture run(
            Path source,
            Path clone,
            CaptureOptions options,
            @Nullable String stateMark,
            PageSink sink,
            PageProgress progress) {
        try (var cloned = StagingFile.at(clone)) {
            FrozenState held;
            Capture capture;
            try (var scan = Scan.open(source, options, ScanLock.IMMEDIATE, progress)) {
                if (scan.isStill(stateMark)) {
                    return scan.finish();
                }
                if (!canClone(scan, cloned)) {
                    return scan.run(null, sink);
                }
                scan.hold();
                if (!scan.cloneTo(clone)) { // such as for lack of room
                    scan.capture(sink);
                    return scan.finish();
                }
                held = scan.letGo();
                capture = scan.finish();
            }
            return FrozenScan.run(clone, held, capture.noting(List.of(CLONED)), options, sink, progress);
        }
    }

    /** Found out before anybody waits. */
    private static boolean canClone(Scan scan, StagingFile clone) {
        boolean can = scan.canCloneTo(clone.path());
        clone.delete();
        return can;
    }

    private LockedCopy() {}
}
