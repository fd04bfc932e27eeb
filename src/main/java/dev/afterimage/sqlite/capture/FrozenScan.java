package dev.afterimage.sqlite.capture;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.state.FrozenPages;
import dev.afterimage.sqlite.state.FrozenState;
import java.nio.file.Path;

/** Captures a state that a {@link Scan} has held while its files were frozen: from those, so that nobody waits. */
public final class FrozenScan {

    /** Not that of captures, in which a WAL that grows ends them: nothing is pinned any more. */
    private static final String PHASE = "SAVING";

    /**
     * Offers all pages of the state.
     *
     * @param frozen the database file among the frozen ones
     * @param held what the scan has told when it let go
     * @param capture what the scan has captured
     * @return that capture, with what is seen of the files
     * @throws dev.afterimage.problem.ProblemException FROZEN_FILES_UNUSABLE if they are not there, are the live ones, or of another state
     */
    public static Capture run(
            Path frozen,
            FrozenState held,
            Capture capture,
            CaptureOptions options,
            PageSink sink,
            PageProgress progress) {
        try (var files = FrozenPages.open(frozen, held, progress)) {
            var notes = files.notesOnEnd();
            Scan.offer(files.pages(), PHASE, options.maxBytesPerSecond(), () -> {}, sink, progress);
            return capture.noting(notes);
        }
    }

    private FrozenScan() {}
}
