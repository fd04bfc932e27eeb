package dev.afterimage.storage;

import java.io.Closeable;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** An object, open for reading. Safe for several threads. */
public interface StoredObject extends Closeable {

    /** Bytes, as of opening; or as many as it was said to have then. */
    long size();

    /**
     * Reads from {@code position} until {@code target} is full or the object ends.
     *
     * @return bytes read; less than asked for only at the object's end
     * @throws StorageException.Missing when it was deleted since it was opened, and the storage does not keep it for readers
     * @throws StorageException.Unreachable when the bytes cannot be read
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when they cannot be read because the storage is not there any more
     */
    int read(long position, ByteBuffer target);

    /** Tells that nobody needs soon what was read, so that no cache needs to keep it in place of what others read. */
    default void isRead() {}

    /** Reads it from its beginning to its end. Closing the stream leaves the object open. */
    default InputStream stream() {
        return new ObjectStream(this);
    }

    @Override
    void close();
}
