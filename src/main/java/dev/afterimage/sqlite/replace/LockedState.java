package dev.afterimage.sqlite.replace;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.capture.StagingFile;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.state.CommittedState;
import dev.afterimage.sqlite.state.LivePages;
import dev.afterimage.sqlite.state.SteadyFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The last committed state of a live database that is about to be replaced, locked so that nobody can change it. */
public final class LockedState {

    private static final int BYTES_PER_STEP = 4 << 20;

    private final SourceFile file;
    private final LiveFile live;
    private final CommittedState state;

    /** @param state of a database to which this process has a connection that holds the lock for writing */
    LockedState(SourceFile file, LiveFile live, CommittedState state) {
        this.file = file;
        this.live = live;
        this.state = state;
    }

    /** Whether other connections may read it meanwhile, those of this process too: in WAL mode. */
    public boolean isOpenToReaders() {
        return state instanceof CommittedState.InWal;
    }

    /** @throws SourceException.Replaced if whoever read it by its path has read another file */
    public void requireUnreplaced() {
        file.requireUnreplaced();
    }

    /**
     * Writes it to a new file, a plain database, synced to disk on return. After an exception there
     * is no file. An empty target gives an empty file.
     *
     * @param copy where there is no file yet
     * @param progress hears of pages, and no phase; it can cancel, and so end the replacement
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE if the copy cannot be written
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
        try (var pages = state.pages(file, live, progress)) {
            if (pages == null) {
                progress.pages(0, 0);
            } else {
                copy(pages, copy, progress);
            }
        }
    }

    private void copy(LivePages pages, FileChannel copy, PageProgress progress) throws IOException {
        var mode = state instanceof CommittedState.InWal ? JournalMode.WAL : JournalMode.ROLLBACK;
        var steady = new SteadyFile(file, live, pages.pageSize(), mode);
        steady.settle();
        PageProgress watching = (done, total) -> {
            steady.lookNowAndThen();
            progress.pages(done, total);
        };
        copyDatabaseFile(pages, copy, watching);
        copyPagesInWal(pages, copy, watching);
        steady.requireSteady();
    }

    /** In the kernel, without moving bytes where the file system can share them: applications wait meanwhile. */
    private void copyDatabaseFile(LivePages pages, FileChannel copy, PageProgress progress) throws IOException {
        long bytes = pages.pageCount() * pages.pageSize();
        long done = 0;
        while (done < bytes) {
            progress.pages(done / pages.pageSize(), pages.pageCount());
            long step = live.transferTo(copy, done, Math.min(BYTES_PER_STEP, bytes - done));
            if (step == 0) {
                // The file ends before the database does: what follows is in the WAL, or all zeros.
                copy.write(ByteBuffer.allocate(1), bytes - 1);
                break;
            }
            done += step;
        }
        progress.pages(pages.pageCount(), pages.pageCount());
    }

    private static void copyPagesInWal(LivePages pages, FileChannel copy, PageProgress progress) throws IOException {
        var buffer = ByteBuffer.allocateDirect(BYTES_PER_STEP);
        int pagesPerStep = BYTES_PER_STEP / pages.pageSize();
        long total = pages.pageCount();
        for (long page = 1; page <= total; ) {
            int run = pages.inWal(page, (int) Math.min(pagesPerStep, total + 1 - page));
            if (run > 0) {
                progress.pages(total, total);
                pages.read(page, buffer.clear().limit(run * pages.pageSize()));
                write(copy, buffer.flip(), (page - 1) * pages.pageSize());
            }
            page += Math.max(1, run);
        }
    }

    private static void write(FileChannel copy, ByteBuffer buffer, long position) throws IOException {
        while (buffer.hasRemaining()) {
            copy.write(buffer, position + buffer.position());
        }
    }
}
