package dev.afterimage.repository;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Files that look like databases to the repository: a header, then pages of any content, the same for the same seed. */
public final class DatabaseFiles {

    private DatabaseFiles() {}

    /** Pages of which about half can be compressed. */
    public static Path write(Path path, int pageSize, long pageCount, long seed) throws IOException {
        var page = ByteBuffer.allocate(pageSize);
        try (var channel = FileChannel.open(path, CREATE_NEW, WRITE)) {
            for (long number = 1; number <= pageCount; number++) {
                fill(page.array(), number, seed);
                if (number == 1) {
                    putHeader(page);
                }
                page.clear();
                while (page.hasRemaining()) {
                    channel.write(page);
                }
            }
        }
        return path;
    }

    private static void fill(byte[] page, long number, long seed) {
        var random = new Random(seed * 31 + number);
        random.nextBytes(page);
        if (random.nextBoolean()) {
            for (int i = 0; i < page.length; i++) {
                page[i] = (byte) ("orders,customers;".charAt(i % 17) + (page[i] == 0 ? 1 : 0));
            }
        }
    }

    static void putHeader(ByteBuffer page) {
        int pageSize = page.capacity();
        page.put(0, "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII));
        page.putShort(16, (short) (pageSize == 65536 ? 1 : pageSize));
    }

    static byte[] read(Path path) throws IOException {
        return Files.readAllBytes(path);
    }
}
