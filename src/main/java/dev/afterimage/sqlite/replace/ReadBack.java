package dev.afterimage.sqlite.replace;

import dev.afterimage.bytes.FileCalls;
import dev.afterimage.sqlite.Backoff;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.ProgressFromC;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.state.LivePages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CancellationException;

/** Compares the pages of a database that has got new content with that content. */
final class ReadBack {

    private static final String PHASE = "READING_BACK";

    /** For a writer that has waited for the commit, and now keeps readers out. What is not read is not proven. */
    private static final Duration LONGEST_LOCKED = Duration.ofSeconds(30);

    private static final int BYTES_PER_READ = 1 << 20;

    /** SQLite never uses the page that has <a href="https://www.sqlite.org/fileformat2.html#the_lock_byte_page">these bytes</a>. */
    private static final long LOCK_BYTES = 1L << 30;

    /** Fields of the header that are the target's own: first byte and length. */
    private static final int[][] OWN_FIELDS = {{18, 2}, {24, 8}, {40, 4}, {92, 8}};

    private final NewContent content;

    ReadBack(NewContent content) {
        this.content = content;
    }

    /**
     * Compares what is committed now. It cannot be cancelled: the new content is there.
     *
     * @return how many pages differ, or are on one side only; 0 unless others have committed since
     * @throws UnprovenException if pages differ and nobody else has committed, or they cannot be read
     */
    long compareWith(LiveTarget live, PageProgress progress) {
        try {
            var pinned = live.pin(Backoff.betweenBursts(LONGEST_LOCKED)); // at once: whoever waited is committing
            long differing = pagesDiffering(live, pinned, uncancelled(progress));
            live.unpin();
            if (differing > 0 && !pinned.byOthersToo()) {
                throw new UnprovenException(live.path(), differing + " pages read back are not what was written", null);
            }
            return differing;
        } catch (SQLException e) {
            var why = Refusal.obstacle(e) == Refusal.Obstacle.LOCK
                    ? "others have kept it locked for " + LONGEST_LOCKED.toSeconds() + " s since"
                    : String.valueOf(e.getMessage());
            throw new UnprovenException(live.path(), "could not be read back: " + why, e);
        } catch (SourceException | IOException e) {
            throw new UnprovenException(live.path(), "could not be read back: " + e.getMessage(), e);
        }
    }

    /** The phase itself may be where a cancellation enters, too late. */
    private PageProgress uncancelled(PageProgress progress) {
        try {
            return progress.phase(PHASE, content.pageSize());
        } catch (CancellationException e) {
            return PageProgress.NONE;
        }
    }

    private long pagesDiffering(LiveTarget live, LiveTarget.Pinned pinned, PageProgress progress) throws IOException {
        try (var pages = live.pages(pinned)) {
            return pages == null || pages.pageSize() != content.pageSize()
                    ? content.pageCount()
                    : pagesDiffering(pages, new ProgressFromC(progress, content.pageSize(), 0));
        }
    }

    private long pagesDiffering(LivePages pages, ProgressFromC reports) throws IOException {
        try (var file = FileChannel.open(content.path(), StandardOpenOption.READ)) {
            long differing = Math.abs(content.pageCount() - pages.pageCount());
            long common = Math.min(content.pageCount(), pages.pageCount());
            var written = ByteBuffer.allocate(BYTES_PER_READ);
            var read = ByteBuffer.allocateDirect(BYTES_PER_READ);
            for (long done = 0; done < common; done += written.limit() / content.pageSize()) {
                int length = (int) Math.min(BYTES_PER_READ, (common - done) * content.pageSize());
                readFrom(file, done * content.pageSize(), written.clear().limit(length));
                pages.read(done + 1, read.clear().limit(length));
                differing += pagesDiffering(done, written, read.flip());
                long compared = done + length / content.pageSize();
                reports.report(() -> compared, common); // what it throws comes too late
            }
            FileCalls.requireNothingLost(content.path());
            return differing;
        }
    }

    /** Fills the buffer, from its start to its limit. */
    private static void readFrom(FileChannel file, long position, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining() && file.read(buffer, position + buffer.position()) >= 0) {
            // Until it is full; the file does not change.
        }
        buffer.flip();
    }

    private long pagesDiffering(long pagesBefore, ByteBuffer written, ByteBuffer read) {
        if (pagesBefore == 0) {
            takeOwnFields(written, read);
        }
        if (written.equals(read)) {
            return 0;
        }
        int pageSize = content.pageSize();
        long differing = 0;
        for (int start = 0; start < written.limit(); start += pageSize) {
            boolean same = written.slice(start, pageSize).equals(read.slice(start, pageSize));
            differing += same || pagesBefore * pageSize + start == LOCK_BYTES ? 0 : 1;
        }
        return differing;
    }

    private static void takeOwnFields(ByteBuffer written, ByteBuffer read) {
        for (var field : OWN_FIELDS) {
            written.put(field[0], read, field[0], field[1]);
        }
    }
}
