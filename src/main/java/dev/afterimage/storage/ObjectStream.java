package dev.afterimage.storage;

import java.io.InputStream;
import java.nio.ByteBuffer;

/** An object from its beginning to its end. */
final class ObjectStream extends InputStream {

    private final StoredObject object;
    private long position;

    ObjectStream(StoredObject object) {
        this.object = object;
    }

    @Override
    public int read() {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
        int read = object.read(position, ByteBuffer.wrap(bytes, offset, length));
        position += read;
        return read == 0 && length > 0 ? -1 : read;
    }

    @Override
    public long skip(long bytes) {
        long skipped = Math.clamp(object.size() - position, 0, Math.max(bytes, 0));
        position += skipped;
        return skipped;
    }
}
