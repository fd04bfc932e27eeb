package dev.afterimage.storage.sftp;

import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.sftp.client.SftpClient.Handle;
import org.apache.sshd.sftp.client.SftpClient.OpenMode;
import org.jspecify.annotations.Nullable;

/**
 * An object on a server, read in ranges. The server has it open, so that most servers let it be read after it was deleted; where the
 * connection was lost since, it is opened again, and then it is said when another has its name.
 */
final class SftpObject implements StoredObject {

    private static final int UNKNOWN = -1;

    private final SftpStorage storage;
    private final SftpConnection connection;
    private final String key;
    private final Map<SftpChannel, Handle> handles = new ConcurrentHashMap<>();
    private volatile long size;
    private volatile @Nullable Version version;

    /** What tells it from one that is put under its key later. */
    private record Version(long bytes, @Nullable FileTime written) {}

    /** @param size as somebody knows it */
    SftpObject(SftpStorage storage, SftpConnection connection, String key, long size) {
        this.storage = storage;
        this.connection = connection;
        this.key = key;
        this.size = size;
    }

    /** One that is open now, and of which the size is known. */
    static SftpObject open(SftpStorage storage, SftpConnection connection, String key) {
        var object = new SftpObject(storage, connection, key, UNKNOWN);
        try {
            connection.ask(object::handle);
            return object;
        } catch (IOException e) {
            throw storage.reading(e, key, "Opening " + key);
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int read(long position, ByteBuffer target) {
        try {
            return readNow(position, target);
        } catch (IOException e) {
            throw storage.reading(e, key, "Reading " + key);
        }
    }

    /** The same, where the caller says what a failure means. */
    int readNow(long position, ByteBuffer target) throws IOException {
        int start = target.position();
        connection.ask(opened(), channel -> {
            channel.read(handle(channel), position + target.position() - start, target);
            return true;
        });
        return target.position() - start;
    }

    private @Nullable SftpChannel opened() {
        handles.keySet().removeIf(channel -> !channel.isOpen());
        return handles.keySet().stream().findAny().orElse(null);
    }

    private Handle handle(SftpChannel channel) throws IOException {
        var known = handles.get(channel);
        if (known != null) {
            return known;
        }
        var handle = channel.files().open(connection.name(key), Set.of(OpenMode.Read));
        boolean isKept = false;
        try {
            requireSameVersion(channel, handle);
            isKept = handles.putIfAbsent(channel, handle) == null;
        } finally {
            if (!isKept) {
                channel.files().close(handle);
            }
        }
        return Objects.requireNonNull(handles.get(channel));
    }

    private void requireSameVersion(SftpChannel channel, Handle handle) throws IOException {
        var attributes = channel.files().stat(handle);
        var found = new Version(attributes.getSize(), attributes.getModifyTime());
        synchronized (this) {
            if (version == null) {
                version = found;
            }
            if (size == UNKNOWN) {
                size = found.bytes();
            }
        }
        if (!found.equals(version)) {
            throw new StorageException.Missing(
                    "Reading %s: it was deleted, and there is another".formatted(key),
                    new IOException(found.toString()));
        }
    }

    @Override
    public void close() {
        handles.forEach(connection::close);
        handles.clear();
    }
}
