package dev.afterimage.sqlite.replace;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.StagingException;
import dev.afterimage.sqlite.capture.StagingFile;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.state.CommittedState;
import dev.afterimage.sqlite.state.CommittedWal;
import dev.afterimage.sqlite.state.LivePages;
import dev.afterimage.sqlite.state.StateCopy;
import dev.afterimage.sqlite.state.SteadyFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The last committed state of a live database that is about to be replaced, locked so that nobody can change it. */
public final class LockedState {

    private final SourceFile file;
    private final LiveFile live;
    private final CommittedState state;

    /** @param state of a database to which this process has a connection that holds the lock for writing */
    LockedState(SourceFile file, LiveFile live, CommittedState state) {
        this.file = file;
        this.live = live;
        this.state = state;
    }

    /**
     * Writes it to a new file, a plain database, synced to disk on return. After an exception there
     * is no file. An empty target gives an empty file.
     *
     * @param copy where there is no file yet
     * @param progress hears of pages, and no phase; it can cancel, and so end the replacement
     * @throws StagingException if the copy cannot be written
     * @throws SourceException if the target cannot be read
     */
    public void copyTo(Path copy, PageProgress progress) {
        try (var staged = StagingFile.at(copy)) {
            try (var channel =
                    FileChannel.open(staged.path(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                copy(channel, progress);
                channel.force(true);
            } catch (IOException e) {
                throw staged.refused(e);
            }
            staged.keep();
        }
    }

    private void copy(FileChannel copy, PageProgress progress) throws IOException {
        switch (state) {
            case CommittedState.InFile inFile when inFile.header().isEmpty() -> progress.pages(0, 0);
            case CommittedState.InFile inFile -> {
                var header = inFile.header().orElseThrow();
                copy(
                        new LivePages(live, header.pageSize(), pagesOf(header), null),
                        JournalMode.ROLLBACK,
                        copy,
                        progress);
            }
            case CommittedState.InWal inWal -> {
                var header = inWal.header();
                var published = inWal.published();
                long pages = published.frames() > 0 ? published.pageCount() : pagesOf(header);
                // Not pinned, but no less safe: the lock keeps the WAL from being begun anew, and from any other
                // frames.
                try (var wal = new CommittedWal(file, live, header.pageSize(), published, progress)) {
                    copy(new LivePages(live, header.pageSize(), pages, wal), JournalMode.WAL, copy, progress);
                }
            }
        }
    }

    private void copy(LivePages pages, JournalMode journalMode, FileChannel copy, PageProgress progress)
            throws IOException {
        var steady = new SteadyFile(file, live, pages.pageSize(), journalMode);
        steady.settle();
        StateCopy.of(live, pages, copy, (done, total) -> {
            steady.lookNowAndThen();
            progress.pages(done, total);
        });
        steady.requireSteady();
    }

    private long pagesOf(DatabaseHeader header) {
        return header.pageCountIsValid() ? header.pageCount() : Math.ceilDiv(file.bytes(), (long) header.pageSize());
    }
}
