package dev.afterimage.sqlite.format;

import dev.afterimage.sqlite.Beside;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A WAL as long as wanted, each of whose frames has another page. */
public final class SyntheticWal {

    static final long SALTS = 0x0102030405060708L;

    private static final int MAGIC_LITTLE_ENDIAN = 0x377f0682;
    private static final int ODD = 0x9E3779B1;
    private static final int FRAME_HEADER = 24;

    /** @param seed two WALs of another seed have other pages, but are of one generation */
    public static void write(Path database, int pageSize, int frames, int seed) throws IOException {
        var frame = ByteBuffer.allocate(FRAME_HEADER + pageSize);
        try (var wal = FileChannel.open(Beside.wal(database), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            var header = header(pageSize);
            long sum = header.getLong(24);
            wal.write(header);
            var buffer = ByteBuffer.allocate((1 << 20) / frame.capacity() * frame.capacity());
            for (int number = 1; number <= frames; number++) {
                frame.putInt(0, pageOf(number))
                        .putInt(4, number)
                        .putLong(8, SALTS)
                        .putInt(FRAME_HEADER, seed + number);
                sum = WalChecksum.extend(sum, frame, 0, 8, ByteOrder.LITTLE_ENDIAN);
                sum = WalChecksum.extend(sum, frame, FRAME_HEADER, frame.capacity(), ByteOrder.LITTLE_ENDIAN);
                buffer.put(frame.putLong(16, sum).clear());
                if (!buffer.hasRemaining() || number == frames) {
                    wal.write(buffer.flip());
                    buffer.clear();
                }
            }
        }
    }

    /** Spread over all numbers that a page can have; none twice. */
    public static int pageOf(int frame) {
        return frame * ODD;
    }

    public static ByteBuffer header(int pageSize) {
        var bytes = ByteBuffer.allocate(WalHeader.SIZE)
                .putInt(MAGIC_LITTLE_ENDIAN)
                .putInt(3007000)
                .putInt(pageSize)
                .putInt(7)
                .putLong(SALTS);
        return bytes.putLong(WalChecksum.extend(WalChecksum.START, bytes, 0, 24, ByteOrder.LITTLE_ENDIAN))
                .flip();
    }

    private SyntheticWal() {}
}
