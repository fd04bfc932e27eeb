package dev.afterimage.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Objects as files under a directory. Objects are immutable: written once under a temporary name, published whole,
 * deleted. An object's key is its path below the directory and begins with {@code catalog/}, {@code layers/} or
 * {@code manifests/}; {@code tmp/} holds what is being written, and {@link StorageIdentity} tells which storage it is. Whatever else lies in the
 * directory, or has no key's name, is left alone. Directories may be symbolic links.
 *
 * <p>A storage that is meant to be a certain one, and is not there or is another, is {@link StorageException} STORAGE_UNREACHABLE: nothing is
 * then written or deleted, and nothing is said to be missing. What is read is not asked about, for it proves itself.
 *
 * <p>Safe for several threads. Several processes may read and write; the quota knows only what this process wrote since
 * it first looked.
 */
public final class LocalStorage {

    private static final String TEMPORARY = "tmp";

    private final Path root;
    private final Presence presence;
    private final ObjectTree tree;
    private final TemporaryFiles temporaryFiles;
    private final DurableDirectories directories;
    private final UsedSpace usedSpace;

    /**
     * Whatever storage the directory has. Creates the directory where it does not exist, and nothing in it.
     *
     * @param quotaBytes the most that objects and unfinished objects may take together; 0 for no limit
     * @throws StorageException when the directory cannot be created
     */
    public LocalStorage(Path root, long quotaBytes) {
        this(root, quotaBytes, null);
        try {
            Files.createDirectories(this.root);
        } catch (IOException e) {
            throw StorageException.writing(e, "Creating " + this.root);
        }
    }

    /**
     * A certain storage, wherever it is now. Does nothing.
     *
     * @param expected its identity, asked for again and again; while it is none, the storage is away; null where any will do
     */
    public LocalStorage(Path root, long quotaBytes, @Nullable Supplier<Optional<UUID>> expected) {
        this(root.toAbsolutePath().normalize(), quotaBytes, expected, IdentityFile.PATIENCE);
    }

    /** @param patience how long to wait for a storage that does not answer whether it is there */
    LocalStorage(Path root, long quotaBytes, @Nullable Supplier<Optional<UUID>> expected, Duration patience) {
        this(
                new Presence(root, new IdentityFile(root.resolve(StorageIdentity.KEY), patience), expected),
                root,
                quotaBytes);
    }

    private LocalStorage(Presence presence, Path root, long quotaBytes) {
        this.root = root;
        this.presence = presence;
        this.tree = new ObjectTree(this.root, presence);
        this.temporaryFiles = new TemporaryFiles(this.root.resolve(TEMPORARY));
        this.directories = new DurableDirectories(this.root);
        this.usedSpace = new UsedSpace(quotaBytes, this::countBytes);
    }

    /** The same directory, whatever storage it has. */
    public LocalStorage asFound() {
        return new LocalStorage(presence.ofAny(), root, 0);
    }

    /**
     * Looks at which storage is there, by reading a small file. One that does not answer is given up after some seconds, and is then
     * given up at once until it has.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when it is not the one that is meant
     */
    public void requirePresence() {
        presence.require();
    }

    /**
     * Which storage is there; nothing where that is not written.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when it cannot be read
     */
    public Optional<StorageIdentity> identity() {
        return presence.found();
    }

    /**
     * Says for ever which storage this is. The directory is made where it does not exist. After a failure it has the identity
     * whole, or none.
     *
     * @return false when it has one already; that stays
     * @throws StorageException when it cannot be written
     */
    public boolean identify(StorageIdentity identity) {
        try {
            directories.createRoot();
            try (var writer = new ObjectWriter(this, temporaryFiles.create())) {
                writer.write(ByteBuffer.wrap(identity.encode()));
                return writer.publishIfAbsent(root.resolve(StorageIdentity.KEY));
            }
        } catch (IOException e) {
            throw StorageException.writing(e, "Making a repository in " + root);
        }
    }

    /** Whether there is no object, identity apart. */
    public boolean isEmpty() {
        return ObjectTree.FOLDERS.stream().allMatch(folder -> folders(folder).isEmpty());
    }

    /** Forgets what it knows of what lies there: another storage has taken the place. */
    public void forget() {
        usedSpace.forget();
        directories.forget();
    }

    /**
     * Begins a new object. The caller closes it, published or not.
     *
     * @throws StorageException when the storage cannot be written
     */
    public ObjectWriter create() {
        presence.require();
        try {
            return new ObjectWriter(this, temporaryFiles.create());
        } catch (IOException e) {
            throw presence.writing(e, "Creating an object in " + root);
        }
    }

    /**
     * Room for intermediate results, not counted in the quota. The caller closes it.
     *
     * @throws StorageException when the storage cannot be written
     */
    public Scratch scratch() {
        presence.require();
        try {
            return new Scratch(temporaryFiles.createUnnamed());
        } catch (IOException e) {
            throw presence.writing(e, "Creating a temporary file in " + root);
        }
    }

    /**
     * Opens an object. The caller closes it.
     *
     * @throws StorageException.Missing when there is none of that key
     * @throws StorageException.Unreachable when it cannot be opened
     */
    public StoredObject open(String key) {
        Path path = path(key);
        try {
            return StoredObject.open(key, path, presence);
        } catch (IOException e) {
            throw tree.reading(path, e, "Opening " + key);
        }
    }

    /**
     * Bytes of an object.
     *
     * @throws StorageException.Missing when there is none of that key
     * @throws StorageException.Unreachable when that cannot be told
     */
    public long size(String key) {
        Path path = path(key);
        try {
            return Files.size(path);
        } catch (IOException e) {
            throw tree.reading(path, e, "Looking at " + key);
        }
    }

    /**
     * Sets when an object was last modified, as {@link #list} tells it; its bytes stay as they are.
     *
     * @throws StorageException.Missing when there is none of that key
     * @throws StorageException.Unreachable when the time cannot be set
     */
    public void touch(String key, Instant lastModified) {
        Path path = path(key);
        try {
            Files.setLastModifiedTime(path, FileTime.from(lastModified));
        } catch (IOException e) {
            throw tree.reading(path, e, "Touching " + key);
        }
    }

    /**
     * Whether the folder is there, be it empty; see {@link #folders}.
     *
     * @throws StorageException.Unreachable when that cannot be told
     */
    public boolean hasFolder(String prefix) {
        return tree.hasFolder(prefix);
    }

    /**
     * The published objects whose keys begin with {@code prefix}, by key.
     *
     * @param prefix a path ending in {@code /}
     * @throws StorageException.Unreachable when the storage cannot be read
     */
    public List<ObjectInfo> list(String prefix) {
        return tree.objects(prefix);
    }

    /**
     * The distinct next parts of keys that begin with {@code prefix} and go on below that part, sorted: for the keys
     * {@code a/b/1}, {@code a/b/2}, {@code a/c/1} and the prefix {@code a/}, these are {@code b} and {@code c}.
     *
     * @param prefix a path ending in {@code /}
     * @throws StorageException.Unreachable when the storage cannot be read
     */
    public List<String> folders(String prefix) {
        return tree.folders(prefix);
    }

    /**
     * Deletes an object for good; none of that key is no error. Who has it open can go on reading it.
     *
     * @return its bytes, 0 when there was none
     * @throws StorageException.Unreachable when it cannot be deleted
     */
    public long delete(String key) {
        Path path = path(key);
        presence.require();
        usedSpace.bytes();
        try {
            long size = Files.size(path);
            Files.delete(path);
            usedSpace.release(size);
            directories.syncFor(path); // so that a crash cannot bring it back after what it needs is deleted
            return size;
        } catch (NoSuchFileException e) {
            presence.require();
            syncDeleted(path, key);
            return 0;
        } catch (IOException e) {
            throw presence.writing(e, "Deleting " + key);
        }
    }

    /** It may have been deleted by a call before, of which the sync failed. */
    private void syncDeleted(Path path, String key) {
        try {
            if (Files.exists(path.getParent())) {
                directories.syncFor(path);
            }
        } catch (IOException e) {
            throw presence.writing(e, "Deleting " + key);
        }
    }

    /**
     * Deletes the temporary files that dead processes left behind. Those of living ones stay, of this or others.
     *
     * @throws StorageException.Unreachable when they cannot be deleted
     */
    public void removeLeftovers() {
        presence.require();
        usedSpace.bytes();
        try {
            usedSpace.release(temporaryFiles.removeLeftovers());
        } catch (IOException e) {
            throw presence.writing(e, "Removing temporary files of " + root);
        }
    }

    /**
     * Bytes in use, of objects and unfinished objects. The first call counts them by a walk, others cost nothing.
     *
     * @throws StorageException.Unreachable when the storage cannot be read
     */
    public long usedBytes() {
        return usedSpace.bytes();
    }

    /**
     * How many bytes more can be stored: what is left of the quota, or of the disk if that is less.
     *
     * @throws StorageException.Unreachable when the storage cannot be read
     */
    public long freeBytes() {
        presence.require(); // else it is the room of the disk that has the mount point
        try {
            return usedSpace.free(Files.getFileStore(root).getUsableSpace());
        } catch (IOException e) {
            throw presence.writing(e, "Measuring " + root);
        }
    }

    private long countBytes() {
        try {
            long bytes = temporaryFiles.bytes();
            for (var folder : ObjectTree.FOLDERS) {
                bytes += list(folder).stream().mapToLong(ObjectInfo::bytes).sum();
            }
            return bytes;
        } catch (IOException e) {
            throw presence.writing(e, "Measuring " + root);
        }
    }

    Path path(String key) {
        return tree.path(key);
    }

    static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    Presence presence() {
        return presence;
    }

    TemporaryFiles temporaryFiles() {
        return temporaryFiles;
    }

    DurableDirectories directories() {
        return directories;
    }

    UsedSpace usedSpace() {
        return usedSpace;
    }
}
