package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.live.LiveFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Copies the state of a live database in which nobody can commit. The kernel copies the database file, without moving bytes where
 * the file system can share them; what is in the WAL is put over the copy.
 */
public final class StateCopy {

    private static final int BYTES_PER_STEP = 4 << 20;

    /**
     * Copies all pages, and stops as soon as {@code progress} throws.
     *
     * @param copy an empty file
     */
    public static void of(LiveFile live, LivePages pages, FileChannel copy, PageProgress progress) throws IOException {
        copyDatabaseFile(live, pages, copy, progress);
        copyPagesInWal(pages, copy, progress);
    }

    private static void copyDatabaseFile(LiveFile live, LivePages pages, FileChannel copy, PageProgress progress)
            throws IOException {
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

    private StateCopy() {}
}
