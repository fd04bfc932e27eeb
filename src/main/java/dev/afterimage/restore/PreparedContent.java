package dev.afterimage.restore;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.replace.LiveReplace;
import dev.afterimage.sqlite.replace.WhenChanged;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A restore by REPLACE_LIVE: the content is in staging, and whoever commits to the target from now on is noticed.
 */
record PreparedContent(Path target, StagedSnapshot content, LiveReplace replacement, Restore.Written written)
        implements PreparedRestore {

    @Override
    public Restored put(Duration patience, WhenChanged whenChanged, PageProgress progress) {
        var done = replacement.run(content.file(), patience, whenChanged, progress);
        return new Restored(target, written.sha256(), null, done.lockHeld(), null, written.notesAnd(notes(done)));
    }

    private static List<String> notes(LiveReplace.Outcome done) {
        var notes = new ArrayList<>(done.notes());
        if (done.pagesChangedSince() > 0) {
            notes.add(
                    "Applications committed before all of it could be read back: the %d pages that they changed were not compared."
                            .formatted(done.pagesChangedSince()));
        }
        return notes;
    }

    @Override
    public boolean isPut() {
        return false;
    }

    @Override
    public void close() {
        try (content) {
            replacement.close();
        }
    }
}
