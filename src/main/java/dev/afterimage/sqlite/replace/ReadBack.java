package dev.afterimage.sqlite.replace;

import dev.afterimage.sqlite.Backoff;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.ProgressFromC;
import dev.afterimage.sqlite.StagingException;
import dev.afterimage.sqlite.capture.StagingFile;
import dev.afterimage.sqlite.live.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CancellationException;

/** Reads a database that has got new content back into a file beside that content, and compares the two page by page. */
final class ReadBack {

    private static final String PHASE = "READING_BACK";

    /** For a writer that has waited for the commit, and now keeps readers out. What is not read is not proven. */
    private static final Duration LONGEST_LOCKED = Duration.ofSeconds(30);

    private static final int BYTES_PER_READ = 1 << 20;
    private static final int BYTES_PER_STEP = 4 << 20;

    /** SQLite never uses the page that has <a href="https://www.sqlite.org/fileformat2.html#the_lock_byte_page">these bytes</a>. */
    private static final long LOCK_BYTES = 1L << 30;

    /** Fields of the header that are the target's own: first byte and length. */
    private static final int[][] OWN_FIELDS = {{18, 2}, {24, 8}, {40, 4}, {92, 8}};

    private final NewContent content;
    private final Path file;

    /** @throws StagingException.Full if there is no room for it */
    static ReadBack beside(NewContent content) {
        var file = content.path().resolveSibling(content.path().getFileName() + ".read-back");
        try {
            if (Files.getFileStore(content.path()).getUsableSpace() < content.bytes()) {
                throw new StagingException.Full(file, null);
            }
            Files.deleteIfExists(file); // of an earlier attempt that died
            return new ReadBack(content, file);
        } catch (IOException e) {
            throw new StagingException.Unusable(file, String.valueOf(e.getMessage()), e);
        }
    }

    private ReadBack(NewContent content, Path file) {
        this.content = content;
        this.file = file;
    }

    /**
     * Compares what is committed now. It cannot be cancelled: the new content is there.
     *
     * @return how many pages differ, or are on one side only; 0 unless others have committed since
     * @throws LiveTargetException.Unproven if pages differ and nobody else has committed, or they cannot be read
     */
    long compareWith(LiveTarget live, PageProgress progress) {
        try (var copy = StagingFile.at(file)) {
            // At once: whoever waited is committing.
            boolean othersCommitted = live.pinAndTellWhetherOthersCommitted(Backoff.betweenBursts(LONGEST_LOCKED));
            var reports = new ProgressFromC(uncancelled(progress), content.pageSize(), 0);
            int code = live.connection()
                    .getDatabase()
                    .backup(
                            "main",
                            copy.path().toString(),
                            (remaining, total) -> reports.report(() -> (long) total - remaining, total),
                            0,
                            0,
                            Math.max(1, BYTES_PER_STEP / content.pageSize()));
            live.unpin();
            if (code != 0) {
                throw new LiveTargetException.Unproven(
                        live.path(), "could not be read back: SQLite's result code is " + code, null);
            }
            long differing = pagesDiffering();
            if (differing > 0 && !othersCommitted) {
                throw new LiveTargetException.Unproven(
                        live.path(), differing + " pages read back are not what was written", null);
            }
            return differing;
        } catch (SQLException e) {
            var why = Refusal.obstacle(e) == Refusal.Obstacle.LOCK
                    ? "others have kept it locked for " + LONGEST_LOCKED.toSeconds() + " s since"
                    : String.valueOf(e.getMessage());
            throw new LiveTargetException.Unproven(live.path(), "could not be read back: " + why, e);
        } catch (IOException e) {
            throw new LiveTargetException.Unproven(live.path(), "could not be read back: " + e.getMessage(), e);
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

    private long pagesDiffering() throws IOException {
        try (var written = FileChannel.open(content.path(), StandardOpenOption.READ);
                var read = FileChannel.open(file, StandardOpenOption.READ)) {
            long differing = Math.abs(written.size() - read.size()) / content.pageSize();
            long common = Math.min(written.size(), read.size());
            for (long offset = 0; offset < common; offset += BYTES_PER_READ) {
                int length = (int) Math.min(BYTES_PER_READ, common - offset);
                differing += pagesDiffering(part(written, offset, length), part(read, offset, length), offset);
            }
            return differing;
        }
    }

    private long pagesDiffering(ByteBuffer written, ByteBuffer read, long offset) {
        if (offset == 0) {
            takeOwnFields(written, read);
        }
        if (written.equals(read)) {
            return 0;
        }
        long differing = 0;
        for (int start = 0; start < written.limit(); start += content.pageSize()) {
            var same = written.slice(start, content.pageSize()).equals(read.slice(start, content.pageSize()));
            differing += same || offset + start == LOCK_BYTES ? 0 : 1;
        }
        return differing;
    }

    private static void takeOwnFields(ByteBuffer written, ByteBuffer read) {
        for (var field : OWN_FIELDS) {
            written.put(field[0], read, field[0], field[1]);
        }
    }

    private static ByteBuffer part(FileChannel channel, long offset, int length) throws IOException {
        var bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining() && channel.read(bytes, offset + bytes.position()) >= 0) {
            // Until the part is complete; neither file changes.
        }
        return bytes.flip();
    }
}
