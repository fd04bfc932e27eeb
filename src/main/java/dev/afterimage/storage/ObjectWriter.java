package dev.afterimage.storage;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * An object while it is written, invisible until it is published. Closing it without publishing leaves nothing behind.
 * For one thread at a time.
 */
public final class ObjectWriter implements Closeable {

    private final LocalStorage storage;
    private final Path temporary;
    private final FileChannel channel;
    private final EarlyWriteback writeback;
    private long written;
    private long reserved;
    private boolean published;

    ObjectWriter(LocalStorage storage, TemporaryFiles.Temporary temporary) {
        this.storage = storage;
        this.temporary = temporary.path();
        this.channel = temporary.channel();
        this.writeback = new EarlyWriteback(channel);
    }

    /**
     * Lets nobody but the owner of the file read it, where the file system knows owners.
     *
     * @throws StorageException when that cannot be set
     */
    public void restrictToOwner() {
        try {
            Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rw-------"));
        } catch (UnsupportedOperationException noOwners) {
            return; // then whoever can mount it can read all of it
        } catch (IOException e) {
            throw storage.presence().writing(e, "Writing a new object to " + temporary.getParent());
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
        storage.usedSpace().reserve(bytes.remaining());
        reserved += bytes.remaining();
        try {
            int more = bytes.remaining();
            while (bytes.hasRemaining()) {
                written += channel.write(bytes);
            }
            writeback.grown(more);
        } catch (IOException e) {
            throw storage.presence().writing(e, "Writing a new object to " + temporary.getParent());
        }
    }

    /** Bytes written so far. */
    public long written() {
        return written;
    }

    /**
     * Makes the object durable and visible under {@code key}, in place of one that is there already. When it throws,
     * the object may be visible, but only whole.
     *
     * @throws StorageException when the object cannot be made durable or visible
     */
    public void publish(String key) {
        Path target = storage.path(key);
        storage.presence().require(); // a directory under a mount point takes whatever it is given
        try {
            storage.directories().createFor(target);
            long replaced = Files.isRegularFile(target) ? Files.size(target) : 0;
            sync();
            LocalStorage.rename(temporary, target);
            published = true;
            storage.usedSpace().release(replaced);
            storage.directories().syncFor(target); // the rename itself survives a crash from here on
        } catch (IOException e) {
            throw storage.presence().writing(e, "Publishing " + key);
        }
    }

    /**
     * The same where nothing has the name yet; whoever loses a race for it loses it whole.
     *
     * @return false when something has the name; the object is then not published
     */
    boolean publishIfAbsent(Path target) throws IOException {
        sync();
        try {
            Files.createLink(target, temporary);
            Files.delete(temporary);
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (UnsupportedOperationException | FileSystemException noLinks) { // such as FAT, or some network shares
            if (Files.exists(target, NOFOLLOW_LINKS)) {
                return false;
            }
            LocalStorage.rename(temporary, target);
        }
        published = true;
        storage.directories().syncFor(target);
        return true;
    }

    /** Before it gets a name: that must never lead to bytes that a crash can take back. */
    private void sync() throws IOException {
        writeback.await();
        channel.force(true);
    }

    /** Removes what was written, unless it was published. Whatever fails, nothing stays open. */
    @Override
    public void close() {
        if (!channel.isOpen() && published) {
            return;
        }
        try (channel;
                writeback) {
            if (!published && Files.deleteIfExists(temporary)) {
                storage.usedSpace().release(reserved);
                reserved = 0;
            }
        } catch (IOException e) {
            throw storage.presence().writing(e, "Removing " + temporary);
        } finally {
            storage.temporaryFiles().closed(temporary);
        }
    }
}
