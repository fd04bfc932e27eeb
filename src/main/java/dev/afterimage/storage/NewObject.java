package dev.afterimage.storage;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.BiFunction;

/**
 * An object while it is written, in a local file, invisible until it is put. Closing it without putting it leaves nothing behind.
 * For one thread at a time.
 */
public final class NewObject implements Closeable {

    private Storage storage;
    private final TemporaryFiles files;
    private final UsedSpace usedSpace;
    private final BiFunction<IOException, String, StorageException> failure;
    private final Path file;
    private final FileChannel channel;
    private final EarlyWriteback writeback;
    private long written;
    private long reserved;
    private boolean put;

    /**
     * Begins one.
     *
     * @param storage that it is put into
     * @param files where it is written
     * @param usedSpace in which it is counted from the first byte
     * @param failure what it means that the file cannot be written, and at what
     */
    public static NewObject begin(
            Storage storage,
            TemporaryFiles files,
            UsedSpace usedSpace,
            BiFunction<IOException, String, StorageException> failure) {
        try {
            return new NewObject(storage, files, usedSpace, failure, files.create());
        } catch (IOException e) {
            throw failure.apply(e, "Creating a new object");
        }
    }

    private NewObject(
            Storage storage,
            TemporaryFiles files,
            UsedSpace usedSpace,
            BiFunction<IOException, String, StorageException> failure,
            TemporaryFiles.Temporary temporary) {
        this.storage = storage;
        this.files = files;
        this.usedSpace = usedSpace;
        this.failure = failure;
        this.file = temporary.path();
        this.channel = temporary.channel();
        this.writeback = new EarlyWriteback(channel);
    }

    /** Has it put into a storage that stands before the one that has begun it: that sees it, too. */
    public NewObject by(Storage before) {
        storage = before;
        return this;
    }

    /**
     * Lets nobody but the owner of the file read it, where the file system knows owners.
     *
     * @throws StorageException when that cannot be set
     */
    public void restrictToOwner() {
        try {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        } catch (UnsupportedOperationException noOwners) {
            return; // then whoever can mount it can read all of it
        } catch (IOException e) {
            throw failure.apply(e, "Writing a new object to " + file.getParent());
        }
    }

    /**
     * Appends all remaining bytes.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL when the file system or the quota has no room for them
     * @throws StorageException.Unreachable when they cannot be written for another reason
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when that is that the storage is not there any more
     */
    public void write(ByteBuffer bytes) {
        usedSpace.reserve(bytes.remaining());
        reserved += bytes.remaining();
        try {
            int more = bytes.remaining();
            while (bytes.hasRemaining()) {
                written += channel.write(bytes);
            }
            writeback.grown(more);
        } catch (IOException e) {
            throw failure.apply(e, "Writing a new object to " + file.getParent());
        }
    }

    /** Appends what is written to it. Closing it does nothing. */
    public OutputStream stream() {
        return new OutputStream() {
            @Override
            public void write(int one) {
                NewObject.this.write(ByteBuffer.wrap(new byte[] {(byte) one}));
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                NewObject.this.write(ByteBuffer.wrap(bytes, offset, length));
            }
        };
    }

    /** Bytes written so far. */
    public long written() {
        return written;
    }

    /** What is written so far, to be proven before it is put. It stays open until this is closed. */
    public StoredObject asWritten() {
        return new Unput();
    }

    private final class Unput implements StoredObject {

        @Override
        public long size() {
            return written;
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
                throw failure.apply(e, "Reading a new object in " + file.getParent());
            }
            return target.position() - start;
        }

        @Override
        public void close() {
            // The file goes on being written.
        }
    }

    /**
     * Makes the object durable and puts it under a key. When it throws, the object may be there, but only whole.
     *
     * @return false when something has the key, which stays as it is
     * @throws StorageException when the object cannot be made durable, or cannot be put
     */
    public boolean put(String key) {
        makeDurable(); // before it gets a name: that must never lead to bytes that a crash can take back
        put = storage.put(file, key);
        return put;
    }

    /**
     * Makes what is written durable, in its local file.
     *
     * @throws StorageException when that is not possible
     */
    public void makeDurable() {
        try {
            writeback.await();
            channel.force(true);
        } catch (IOException e) {
            throw failure.apply(e, "Writing a new object to " + file.getParent());
        }
    }

    /** Removes the file, and what it takes is free again unless it was put. Whatever fails, nothing stays open. */
    @Override
    public void close() {
        if (!channel.isOpen() && put) {
            return;
        }
        try (channel;
                writeback) {
            if (Files.deleteIfExists(file) && !put) {
                usedSpace.release(reserved);
                reserved = 0;
            }
        } catch (IOException e) {
            throw failure.apply(e, "Removing " + file);
        } finally {
            files.closed(file);
        }
    }
}
