package dev.afterimage.restore;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.replace.WhenChanged;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * A restore by REPLACE_FILE: the new file is beside the old one, under its temporary name.
 */
record PreparedReplacement(ReplaceFile replacement, Restore.Written written, Clock clock) implements PreparedRestore {

    @Override
    public Restored put(Duration patience, WhenChanged whenChanged, PageProgress progress) {
        var done = replacement
                .recover() // an earlier attempt may have died after it had replaced the file
                .map(oldFiles -> new FileReplacement(oldFiles, List.of()))
                .orElseGet(() -> replacement.run(clock.instant(), progress));
        return new Restored(
                replacement.file().target(),
                written.sha256(),
                done.oldFiles(),
                Duration.ZERO,
                null,
                written.notesAnd(done.notes()));
    }

    @Override
    public boolean isPut() {
        return replacement.isDone();
    }

    @Override
    public void close() {
        try (replacement) {
            replacement.discard();
        }
    }
}
