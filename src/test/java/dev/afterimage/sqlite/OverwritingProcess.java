package dev.afterimage.sqlite;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Copies two files over a third by turns, as {@code cp} does it: in place, without any lock. Now and then it cuts the file off first, as
 * {@code cp}, or does not, as {@code rsync --inplace}; and sets its time back, as {@code cp -p}. Each line that comes in tells
 * after how many nanoseconds to do so, and it prints one when it has.
 */
public final class OverwritingProcess {

    private static final int CHUNK = 128 << 10;

    public static void main(String[] arguments) throws IOException {
        var live = Path.of(arguments[0]);
        var generations = new Path[] {Path.of(arguments[1]), Path.of(arguments[2])};
        var random = new SplittableRandom(Long.parseLong(arguments[3]));
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("ready");
        int turn = 0;
        for (var nanos = input.readLine(); nanos != null; nanos = input.readLine()) {
            LockSupport.parkNanos(Long.parseLong(nanos));
            copy(Files.readAllBytes(generations[turn++ % 2]), live, random);
            if (random.nextBoolean()) {
                Files.setLastModifiedTime(live, Files.getLastModifiedTime(generations[0]));
            }
            System.out.println("overwritten");
        }
    }

    private static void copy(byte[] generation, Path live, SplittableRandom random) throws IOException {
        try (var target = FileChannel.open(live, StandardOpenOption.WRITE)) {
            if (random.nextBoolean()) {
                target.truncate(0);
            }
            for (int written = 0; written < generation.length; written += CHUNK) {
                var chunk = ByteBuffer.wrap(generation, written, Math.min(CHUNK, generation.length - written));
                while (chunk.hasRemaining()) {
                    target.write(chunk, chunk.position());
                }
            }
        }
    }

    private OverwritingProcess() {}
}
