package dev.afterimage.sqlite.format;

import dev.afterimage.sqlite.SampleDatabases;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A database as the <a href="https://www.sqlite.org/cksumvfs.html">checksum VFS</a> keeps it: 8 bytes at the end of each page, in the file and
 * in the WAL, are the checksum of the others, and a page that has another is refused.
 */
public final class SealedPages {

    private static final int PAGE_SIZE = 4096;
    private static final int RESERVED = 8;
    private static final int USABLE = PAGE_SIZE - RESERVED;

    private static final int RESERVED_BYTES_IN_HEADER = 20;
    private static final int CONTENT_BEGINS = 105;
    private static final int FRAME_HEADER = 24;

    /** 1,000 accounts, all pages sealed. */
    public static Path accounts(Path file, String journalMode) throws IOException {
        empty(file);
        SampleDatabases.accounts(file, journalMode);
        return seal(file);
    }

    /** Made by hand, since the driver cannot ask for reserved bytes: one page without cells. */
    private static void empty(Path file) throws IOException {
        SampleDatabases.create(file, "PRAGMA page_size = " + PAGE_SIZE, "CREATE TABLE t(x)", "DROP TABLE t", "VACUUM");
        var page = ByteBuffer.wrap(Files.readAllBytes(file));
        page.put(RESERVED_BYTES_IN_HEADER, (byte) RESERVED).putShort(CONTENT_BEGINS, (short) USABLE);
        Files.write(file, page.array());
    }

    /** What SQLite has written without the extension gets its checksums. */
    public static Path seal(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        for (int page = 0; page < bytes.length; page += PAGE_SIZE) {
            sealPage(bytes, page);
        }
        return Files.write(file, bytes);
    }

    /** The same of a WAL, whose own checksums have to follow. */
    public static void sealWal(Path wal) throws IOException {
        var bytes = Files.readAllBytes(wal);
        var buffer = ByteBuffer.wrap(bytes);
        var order = WalHeader.parse(buffer).orElseThrow().order();
        long sum = buffer.getLong(24);
        for (int frame = WalHeader.SIZE; frame < bytes.length; frame += FRAME_HEADER + PAGE_SIZE) {
            sealPage(bytes, frame + FRAME_HEADER);
            sum = WalChecksum.extend(sum, buffer, frame, frame + 8, order);
            sum = WalChecksum.extend(sum, buffer, frame + FRAME_HEADER, frame + FRAME_HEADER + PAGE_SIZE, order);
            buffer.putLong(frame + 16, sum);
        }
        Files.write(wal, bytes);
    }

    private static void sealPage(byte[] bytes, int page) {
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(page + USABLE, checksum(bytes, page));
    }

    /** Whether the extension would take each page of a file. */
    public static boolean areWhole(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        var sealed = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int page = 0; page < bytes.length; page += PAGE_SIZE) {
            if (sealed.getLong(page + USABLE) != checksum(bytes, page)) {
                return false;
            }
        }
        return bytes.length > 0;
    }

    /** Two sums over words of 4 bytes, little-endian, the first in the lower half. */
    private static long checksum(byte[] bytes, int page) {
        var words = ByteBuffer.wrap(bytes, page, USABLE).order(ByteOrder.LITTLE_ENDIAN);
        int first = 0;
        int second = 0;
        while (words.hasRemaining()) {
            first += words.getInt() + second;
            second += words.getInt() + first;
        }
        return Integer.toUnsignedLong(first) | (long) second << Integer.SIZE;
    }

    private SealedPages() {}
}
