package dev.afterimage.sqlite.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.live.CaptureOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargeDatabaseTests {

    /** Locks are on bytes of this page, which SQLite therefore never uses. */
    private static final long LOCK_BYTE_PAGE = 0x40000000L;

    private static final int PAGE_SIZE = 65536;
    private static final int PAGE_COUNT_IN_HEADER = 28;

    @TempDir
    Path directory;

    @Test
    void runWhenTheDatabaseGoesBeyondTheLockBytePageCopiesWhatIsBehindIt() throws Exception {
        var source = SampleDatabases.create(
                directory.resolve("source.db"),
                "PRAGMA page_size = " + PAGE_SIZE,
                "CREATE TABLE t(id INTEGER PRIMARY KEY, x BLOB)");
        growUpToTheLockBytePage(source);
        SampleDatabases.create(
                source,
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
                        + " INSERT INTO t SELECT i, randomblob(60000) FROM n");
        var staging = directory.resolve("staging.db");

        var capture = OnlineCopy.run(source, staging, new CaptureOptions(Duration.ZERO, 0), PageProgress.NONE);

        try (var expected = FileChannel.open(source, StandardOpenOption.READ);
                var actual = FileChannel.open(staging, StandardOpenOption.READ)) {
            assertThat(actual.size()).isEqualTo(expected.size()).isGreaterThan(LOCK_BYTE_PAGE + 400L * PAGE_SIZE);
            assertThat(capture.pageCount()).isEqualTo(expected.size() / PAGE_SIZE);
            // A page before the lock-byte page, and all that is behind it.
            long from = LOCK_BYTE_PAGE - PAGE_SIZE;
            assertThat(read(actual, from, PAGE_SIZE)).isEqualTo(read(expected, from, PAGE_SIZE));
            for (long at = LOCK_BYTE_PAGE + PAGE_SIZE; at < expected.size(); at += PAGE_SIZE) {
                assertThat(read(actual, at, PAGE_SIZE)).isEqualTo(read(expected, at, PAGE_SIZE));
            }
        }
        assertThat(SampleDatabases.content(staging)).isEqualTo(SampleDatabases.content(source));
    }

    /** By a hole, which costs neither time nor space: pages that SQLite takes for used, so that new ones come after. */
    private static void growUpToTheLockBytePage(Path database) throws Exception {
        try (var channel = FileChannel.open(database, StandardOpenOption.WRITE)) {
            int pages = (int) (LOCK_BYTE_PAGE / PAGE_SIZE);
            channel.write(ByteBuffer.allocate(Integer.BYTES).putInt(0, pages), PAGE_COUNT_IN_HEADER);
            channel.write(ByteBuffer.allocate(1), LOCK_BYTE_PAGE - 1);
        }
    }

    private static ByteBuffer read(FileChannel channel, long position, int length) throws Exception {
        var buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {
            // Until it is full or the file ends.
        }
        return buffer.flip();
    }
}
