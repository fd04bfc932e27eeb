package dev.afterimage.sqlite.format;

import static dev.afterimage.sqlite.SampleDatabases.content;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.PlainFile;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.live.CaptureOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of <a href="https://www.sqlite.org/fileformat2.html#the_write_ahead_log">a WAL</a> and of its index. */
class WalFormatTests {

    private static final int MAGIC_BIG_ENDIAN = 0x377f0683;

    @TempDir
    Path directory;

    @Test
    void checksumAddsUpWordsInEitherOrder() {
        var bytes = ByteBuffer.allocate(16).putInt(1).putInt(2).putInt(3).putInt(0x80000000);

        // first = 1 + 0, second = 2 + 1; first = 1 + 3 + 3, second = 3 + 2^31 + 7
        assertThat(WalChecksum.extend(WalChecksum.START, bytes, 0, 16, ByteOrder.BIG_ENDIAN))
                .isEqualTo(0x00000007_8000000aL);
        // first = 2^24, second = 2^25 + 2^24; first = 2^24 + 3 * 2^24 + 3 * 2^24, second = 3 * 2^24 + 128 + 7 * 2^24
        assertThat(WalChecksum.extend(WalChecksum.START, bytes, 0, 16, ByteOrder.LITTLE_ENDIAN))
                .isEqualTo(0x07000000_0a000080L);
    }

    @Test
    void checksumGoesOnFromWhatItWas() {
        var bytes = ByteBuffer.wrap(HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f"));

        long half = WalChecksum.extend(WalChecksum.START, bytes, 0, 8, ByteOrder.BIG_ENDIAN);

        assertThat(WalChecksum.extend(half, bytes, 8, 16, ByteOrder.BIG_ENDIAN))
                .isEqualTo(WalChecksum.extend(WalChecksum.START, bytes, 0, 16, ByteOrder.BIG_ENDIAN))
                .isNotEqualTo(half);
    }

    @Test
    void headerIsReadAsSpelledOut() {
        var bytes = header(MAGIC_BIG_ENDIAN);

        assertThat(WalHeader.parse(bytes))
                .hasValue(new WalHeader(ByteOrder.BIG_ENDIAN, 3007000, 65536, 0x0102030405060708L, bytes.getLong(24)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 11, 16, 31})
    void headerWithOneWrongByteIsNone(int index) {
        var bytes = header(MAGIC_BIG_ENDIAN);
        bytes.put(index, (byte) (bytes.get(index) + 1));

        assertThat(WalHeader.parse(bytes)).isEmpty();
    }

    @Test
    void headerThatIsTooShortIsNone() {
        assertThat(WalHeader.parse(header(MAGIC_BIG_ENDIAN).limit(31))).isEmpty();
        assertThat(WalHeader.parse(ByteBuffer.allocate(0))).isEmpty();
    }

    private static ByteBuffer header(int magic) {
        var bytes = ByteBuffer.allocate(WalHeader.SIZE)
                .putInt(magic)
                .putInt(3007000)
                .putInt(65536)
                .putInt(7)
                .putLong(0x0102030405060708L);
        return bytes.putLong(WalChecksum.extend(WalChecksum.START, bytes, 0, 24, ByteOrder.BIG_ENDIAN))
                .flip();
    }

    @Test
    void indexHeaderSaysWhatTheWalHas() throws Exception {
        var source = SampleDatabases.accounts(directory.resolve("source.db"), "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", source)) {
            application.awaitLine("written");
            // This process has no connection open here, so that reading the bytes drops no lock of its own.
            var shm = ByteBuffer.wrap(Files.readAllBytes(Beside.shm(source)));
            var wal = ByteBuffer.wrap(Files.readAllBytes(Beside.wal(source)));

            var header = WalIndexHeader.parse(shm).orElseThrow();

            int frames = (wal.capacity() - 32) / (24 + 4096);
            int lastFrame = 32 + (frames - 1) * (24 + 4096);
            assertThat(header.frames()).isEqualTo(frames);
            assertThat(header.pageCount()).isEqualTo(wal.getInt(lastFrame + 4));
            assertThat(header.salts()).isEqualTo(wal.getLong(16)).isEqualTo(wal.getLong(lastFrame + 8));
            assertThat(header.checksum()).isEqualTo(wal.getLong(lastFrame + 16));
            assertThat(WalIndexHeader.parse(shm.put(17, (byte) 0x55))).isEmpty();
        }
    }

    /** No machine that is common writes them, but SQLite reads them anywhere. */
    @Test
    void framesWithBigEndianChecksumsAreRead() throws Exception {
        var original = SampleDatabases.accounts(directory.resolve("original.db"), "WAL");
        var source = directory.resolve("source.db");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", original)) {
            application.awaitLine("written");
            Files.copy(original, source);
            Files.write(Beside.wal(source), bigEndian(Files.readAllBytes(Beside.wal(original))));
        }
        var scanned = directory.resolve("scanned.db");

        Scan.run(source, new CaptureOptions(Duration.ZERO, 0), null, new PlainFile(scanned), PageProgress.NONE);

        assertThat(content(scanned)).isEqualTo(content(source));
        assertThat(SampleDatabases.ask(scanned, "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                .isEqualTo("50");
    }

    private static byte[] bigEndian(byte[] wal) {
        var bytes = ByteBuffer.wrap(wal).putInt(0, MAGIC_BIG_ENDIAN);
        long sum = WalChecksum.extend(WalChecksum.START, bytes, 0, 24, ByteOrder.BIG_ENDIAN);
        bytes.putLong(24, sum);
        for (int frame = 32; frame < wal.length; frame += 24 + 4096) {
            sum = WalChecksum.extend(sum, bytes, frame, frame + 8, ByteOrder.BIG_ENDIAN);
            sum = WalChecksum.extend(sum, bytes, frame + 24, frame + 24 + 4096, ByteOrder.BIG_ENDIAN);
            bytes.putLong(frame + 16, sum);
        }
        return wal;
    }
}
