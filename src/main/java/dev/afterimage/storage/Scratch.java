package dev.afterimage.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Room on disk for what would be too much for the heap. Has no name and is gone when it is closed or the process dies.
 * For one thread at a time.
 */
public final class Scratch implements Closeable {

    private final FileChannel channel;

    public Scratch(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Appends all remaining bytes.
     *
     * @throws StorageException when they cannot be written
     */
    public void write(ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw StorageException.writing(e, "Writing a temporary file");
        }
    }

    /** Reads from {@code position} until {@code target} is full or all that was written has been read. */
    public void read(long position, ByteBuffer target) {
        int start = target.position();
        try {
            while (target.hasRemaining()) {
                if (channel.read(target, position + target.position() - start) < 0) {
                    break;
                }
            }
        } catch (IOException e) {
            throw StorageException.writing(e, "Reading a temporary file");
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw StorageException.writing(e, "Closing a temporary file");
        }
    }
}
