package dev.afterimage.storage;

import static java.nio.file.StandardOpenOption.READ;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A published object, open for reading. It holds a descriptor, so it stays readable after it was deleted, until it is
 * closed. Safe for several threads.
 */
public final class StoredObject implements Closeable {

    private final String key;
    private final FileChannel channel;
    private final Presence presence;
    private final long size;

    private StoredObject(String key, FileChannel channel, Presence presence, long size) {
        this.key = key;
        this.presence = presence;
        this.channel = channel;
        this.size = size;
    }

    static StoredObject open(String key, Path path, Presence presence) throws IOException {
        var channel = FileChannel.open(path, READ);
        try {
            return new StoredObject(key, channel, presence, channel.size());
        } catch (IOException e) {
            try (channel) {
                throw e;
            }
        }
    }

    /** Bytes, as of opening. */
    public long size() {
        return size;
    }

    /**
     * Reads from {@code position} until {@code target} is full or the object ends.
     *
     * @return bytes read; less than asked for only at the object's end
     * @throws StorageException.Unreachable when the bytes cannot be read
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when they cannot be read because the storage is not there any more
     */
    public int read(long position, ByteBuffer target) {
        int start = target.position();
        try {
            while (target.hasRemaining()) {
                if (channel.read(target, position + target.position() - start) < 0) {
                    break;
                }
            }
        } catch (IOException e) {
            throw presence.reading(e, "Reading " + key);
        }
        return target.position() - start;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw StorageException.writing(e, "Closing " + key);
        }
    }
}
