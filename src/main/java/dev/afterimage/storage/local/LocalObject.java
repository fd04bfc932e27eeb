package dev.afterimage.storage.local;

import static java.nio.file.StandardOpenOption.READ;

import dev.afterimage.bytes.FileCalls;
import dev.afterimage.storage.Presence;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A file, open for reading. It holds a descriptor, so it stays readable after it was deleted, until it is closed. */
final class LocalObject implements StoredObject {

    private final String key;
    private final Path path;
    private final FileChannel channel;
    private final Presence presence;
    private final long size;

    private LocalObject(String key, Path path, FileChannel channel, Presence presence, long size) {
        this.key = key;
        this.path = path;
        this.presence = presence;
        this.channel = channel;
        this.size = size;
    }

    static LocalObject open(String key, Path path, Presence presence) throws IOException {
        var channel = FileChannel.open(path, READ);
        try {
            return new LocalObject(key, path, channel, presence, channel.size());
        } catch (IOException e) {
            try (channel) {
                throw e;
            }
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
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
    public void isRead() {
        FileCalls.isRead(path);
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
