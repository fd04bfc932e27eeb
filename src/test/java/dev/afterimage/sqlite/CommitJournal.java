package dev.afterimage.sqlite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Which transactions a writer of the torture test has begun to commit, and which it knows to be committed, kept outside of the
 * database: two numbers in a file.
 */
public record CommitJournal(FileChannel channel) implements AutoCloseable {

    static CommitJournal append(Path file) throws IOException {
        return new CommitJournal(FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    }

    void willCommit(long sequence) {
        write(sequence, 0);
    }

    void hasCommitted(long sequence) {
        write(sequence, Long.BYTES);
    }

    private void write(long sequence, long position) {
        try {
            channel.write(ByteBuffer.allocate(Long.BYTES).putLong(sequence).flip(), position);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static long begun(Path file) {
        return read(file, 0);
    }

    public static long committed(Path file) {
        return read(file, Long.BYTES);
    }

    private static long read(Path file, int position) {
        try {
            var bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            return bytes.length < position + Long.BYTES
                    ? 0
                    : ByteBuffer.wrap(bytes).getLong(position);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
