package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.Backoff;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.WalHeader;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.live.WalFile;
import dev.afterimage.sqlite.live.WalFrames;
import java.nio.file.Files;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * Finds out how far the WAL of a pinned database is committed. The {@code -shm} tells it; but where this process may only
 * read that file, SQLite may have found it to be left over from a crash, and have done without it. Then it is believed only
 * if the WAL itself says the same.
 */
record PublishedState(SourceFile file, LiveFile live) {

    /** A header that stays invalid is one whose writer has died; whoever comes next puts it right. */
    private static final Duration LONGEST_INVALID = Duration.ofSeconds(1);

    /** @throws SourceException.NotScannable if it cannot be told for as long as the patience lasts, and for a second at least */
    WalIndexHeader read(Duration patience, PageProgress progress) {
        var atLeast = patience.compareTo(LONGEST_INVALID) > 0 ? patience : LONGEST_INVALID;
        return read(atLeast, progress, published -> isBelieved(published, progress));
    }

    /** What stands in the {@code -shm}, whether it may be believed or not. */
    WalIndexHeader unchecked() {
        return read(LONGEST_INVALID, PageProgress.NONE, published -> true);
    }

    private WalIndexHeader read(Duration patience, PageProgress progress, Predicate<WalIndexHeader> isBelieved) {
        var backoff = Backoff.ofAFewAtLeast(patience);
        while (true) {
            var published = live.walIndex().filter(isBelieved);
            if (published.isPresent()) {
                return published.get();
            }
            if (!backoff.pause(progress)) {
                throw new SourceException.NotScannable(
                        file.path(), "its -shm file does not tell how far its WAL is committed");
            }
        }
    }

    private boolean isBelieved(WalIndexHeader published, PageProgress progress) {
        if (Files.isWritable(Beside.shm(file.path()))) {
            return true;
        }
        try (var wal = new WalFile(file)) {
            return wal.header()
                    .map(header -> agrees(wal, header, published, progress))
                    .orElse(published.frames() == 0);
        }
    }

    private boolean agrees(WalFile wal, WalHeader header, WalIndexHeader published, PageProgress progress) {
        try (var frames = new WalFrames(wal, header)) {
            return header.salts() == published.salts()
                    && frames.addUpTo(Math.toIntExact(published.frames()), progress)
                    && (!frames.moreIsCommitted(progress) || isAlive(published));
        }
    }

    /** A {@code -shm} that goes on is kept by a living writer, who has committed since it was read. */
    private boolean isAlive(WalIndexHeader before) {
        return live.walIndex().filter(now -> now.changes() != before.changes()).isPresent();
    }
}
