package dev.afterimage.sqlite.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.SyntheticWal;
import dev.afterimage.sqlite.format.WalHeader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WalFramesTests {

    private static final int PAGE_SIZE = 1024;
    private static final int FRAME_SIZE = 24 + PAGE_SIZE;
    private static final int FRAMES = 200;

    @TempDir
    Path directory;

    /** A number of 8 bytes for each frame, and two of 4 for each page, do not fit into such a heap. */
    @Test
    void addUpToWhenTheWalIsLongNeedsHardlyAnyHeap() {
        var smallHeap = List.of("env", "_JAVA_OPTIONS=-Xmx20m");
        try (var reading =
                OtherProcess.startUnder(smallHeap, WalReadingProcess.class, directory.resolve("source.db"), 600_000)) {
            reading.awaitLine("read");
            assertThat(reading.awaitExit()).isZero();
        }
    }

    @Test
    void addUpToWhenCancelledThrowsWhatProgressThrew() throws Exception {
        var source = directory.resolve("source.db");
        SyntheticWal.write(source, 65536, 100, 0);
        var cancellation = new CancellationException();
        try (var wal = new WalFile(new SourceFile(source, null));
                var frames = new WalFrames(wal, wal.header().orElseThrow())) {
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() -> frames.addUpTo(100, (done, total) -> {
                        if (done > 50) {
                            throw cancellation;
                        }
                    }))
                    .isSameAs(cancellation);
            assertThat(frames.count()).isBetween(51, 99);
        }
    }

    /** At frames of which the checksum is kept, before and behind them; its own bytes, and those that it goes on from. */
    @ParameterizedTest
    @CsvSource({"1, 0", "63, 0", "64, 0", "64, 1", "65, 0", "66, 1", "130, 0", "130, 1"})
    void readWhenABitHasFlippedSinceDoesNotProve(int frame, int framesBefore) throws Exception {
        var source = directory.resolve("source.db");
        SyntheticWal.write(source, PAGE_SIZE, FRAMES, 0);
        try (var wal = new WalFile(new SourceFile(source, null));
                var frames = new WalFrames(wal, wal.header().orElseThrow())) {
            assertThat(frames.addUpTo(FRAMES, PageProgress.NONE)).isTrue();
            assertThat(frames.read(frame, 1, ByteBuffer.allocate(PAGE_SIZE))).isTrue();

            int checksumAt = 16;
            flip(source, WalHeader.SIZE + (long) (frame - 1 - framesBefore) * FRAME_SIZE + checksumAt);

            assertThat(frames.read(frame, 1, ByteBuffer.allocate(PAGE_SIZE))).isFalse();
        }
    }

    /** Such as by a disk that has mixed up blocks: the checksums go on from each other, the salts are right. */
    @Test
    void readWhenTheChainIsWholeButAnotherDoesNotProve() throws Exception {
        var source = directory.resolve("source.db");
        SyntheticWal.write(source, PAGE_SIZE, FRAMES, 0);
        try (var wal = new WalFile(new SourceFile(source, null));
                var frames = new WalFrames(wal, wal.header().orElseThrow())) {
            assertThat(frames.addUpTo(FRAMES, PageProgress.NONE)).isTrue();
            SyntheticWal.write(source, PAGE_SIZE, FRAMES, 1_000);

            assertThat(frames.read(40, 60, ByteBuffer.allocate(60 * PAGE_SIZE))).isFalse();
        }
    }

    /** Who reads a database of many GiB through its WAL does so a MiB at a time: what is as large as that makes the heap grow. */
    @Test
    void readWhenFramesAreManyNeedsLittleOfTheHeap() throws Exception {
        var source = directory.resolve("source.db");
        SyntheticWal.write(source, PAGE_SIZE, 1_000, 7);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var pages = ByteBuffer.allocate(1_000 * PAGE_SIZE);
        try (var wal = new WalFile(new SourceFile(source, null));
                var frames = new WalFrames(wal, wal.header().orElseThrow())) {
            assertThat(frames.addUpTo(1_000, PageProgress.NONE)).isTrue();
            assertThat(frames.read(1, 1, ByteBuffer.allocate(PAGE_SIZE))).isTrue(); // loads classes

            long before = threads.getCurrentThreadAllocatedBytes();
            assertThat(frames.read(1, 1_000, pages)).isTrue();

            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(256 << 10);
            assertThat(pages.hasRemaining()).isFalse();
            for (int frame = 1; frame <= 1_000; frame++) {
                assertThat(pages.getInt((frame - 1) * PAGE_SIZE)).isEqualTo(7 + frame);
            }
        }
    }

    /** SQLite takes such a WAL for an empty one. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 256, 513, 4095, 131072, Integer.MIN_VALUE, -512})
    void headerWithASizeThatNoPageCanHaveIsNone(int pageSize) {
        assertThat(WalHeader.parse(SyntheticWal.header(pageSize))).isEmpty();
        assertThat(WalHeader.parse(SyntheticWal.header(512))).isPresent();
        assertThat(WalHeader.parse(SyntheticWal.header(65536))).isPresent();
    }

    private static void flip(Path source, long position) throws Exception {
        try (var wal = FileChannel.open(Beside.wal(source), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var one = ByteBuffer.allocate(1);
            wal.read(one, position);
            wal.write(one.put(0, (byte) (one.get(0) ^ 1)).flip(), position);
        }
    }
}
