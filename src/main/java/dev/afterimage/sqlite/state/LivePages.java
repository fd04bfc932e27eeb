package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.PageSource;
import dev.afterimage.sqlite.live.LiveFile;
import java.nio.ByteBuffer;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** The pages of a live database, read from its file and, where a newer version of them is in the WAL, from there. */
public final class LivePages implements PageSource, AutoCloseable {

    private static final int BYTES_PER_READ = 1 << 20;

    private final LiveFile live;
    private final int pageSize;
    private final long pageCount;
    private final @Nullable CommittedWal wal;
    private volatile boolean stopped;

    /** @param wal null if the database file alone is the state; closed with this, by whoever has no other way to it */
    LivePages(LiveFile live, int pageSize, long pageCount, @Nullable CommittedWal wal) {
        this.live = live;
        this.pageSize = pageSize;
        this.pageCount = pageCount;
        this.wal = wal;
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public long pageCount() {
        return pageCount;
    }

    /** How many pages, one after the other from the first on, have newer versions in the WAL. */
    public int inWal(long firstPage, int atMost) {
        return wal == null ? 0 : wal.pagesWithFrames(firstPage, atMost);
    }

    /** Reads that are under way on other threads end with a CancellationException. */
    public void stop() {
        stopped = true;
    }

    @Override
    public void read(long firstPage, ByteBuffer buffer) {
        long page = firstPage;
        int pagesPerRead = BYTES_PER_READ / pageSize;
        while (buffer.hasRemaining()) {
            throwIfStopped();
            int pages = Math.min(pagesPerRead, buffer.remaining() / pageSize);
            var run = buffer.slice(buffer.position(), pages * pageSize);
            readFromDatabase(page, run);
            if (wal != null) {
                wal.overlay(page, run.clear());
            }
            buffer.position(buffer.position() + pages * pageSize);
            page += pages;
        }
    }

    private void throwIfStopped() {
        if (stopped || Thread.currentThread().isInterrupted()) {
            throw new CancellationException("the capture was stopped");
        }
    }

    /** Forgets where in the WAL its pages are. */
    @Override
    public void close() {
        if (wal != null) {
            wal.close();
        }
    }

    private void readFromDatabase(long firstPage, ByteBuffer run) {
        live.read(run, (firstPage - 1) * pageSize);
        while (run.hasRemaining()) {
            run.put((byte) 0);
        }
    }
}
