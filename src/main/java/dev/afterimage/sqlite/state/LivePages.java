package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.PageSource;
import dev.afterimage.sqlite.live.LiveFile;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The pages of a live database, read from its file and, where a newer version of them is in the WAL, from there. */
public final class LivePages implements PageSource, AutoCloseable {

    private static final int BYTES_PER_READ = 1 << 20;
    private static final int NOT_KNOWN = -1;

    private final LiveFile live;
    private final int pageSize;
    private final long pageCount;
    private final @Nullable CommittedWal wal;
    private final int unchangedUpTo;
    private final AtomicLong pagesRead = new AtomicLong();
    private volatile boolean stopped;

    /** @param wal null if the database file alone is the state; closed with this, by whoever has no other way to it */
    LivePages(LiveFile live, int pageSize, long pageCount, @Nullable CommittedWal wal) {
        this(live, pageSize, pageCount, wal, NOT_KNOWN);
    }

    private LivePages(LiveFile live, int pageSize, long pageCount, @Nullable CommittedWal wal, int unchangedUpTo) {
        this.live = live;
        this.pageSize = pageSize;
        this.pageCount = pageCount;
        this.wal = wal;
        this.unchangedUpTo = unchangedUpTo;
    }

    /** The same, which tell what may have changed since an earlier state, if that can be told. */
    LivePages since(StateMark.InWal earlier) {
        var frame = wal == null ? OptionalInt.empty() : wal.frameOf(earlier);
        return frame.isEmpty() ? this : new LivePages(live, pageSize, pageCount, wal, frame.getAsInt());
    }

    /**
     * Of what was committed since then each page has a frame behind those of then. All others are what they were: in a frame of then, or
     * in the database file, to which checkpoints have written nothing but frames.
     */
    @Override
    public boolean mayHaveChanged(long page) {
        return wal == null || unchangedUpTo == NOT_KNOWN || wal.hasFrameBehind(unchangedUpTo, page);
    }

    /** Pages that were read so far. */
    public long pagesRead() {
        return pagesRead.get();
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
            pagesRead.addAndGet(pages);
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
