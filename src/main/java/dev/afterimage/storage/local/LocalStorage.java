package dev.afterimage.storage.local;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import dev.afterimage.bytes.Disk;
import dev.afterimage.storage.NewObject;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.Presence;
import dev.afterimage.storage.Scratch;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StorageIdentity;
import dev.afterimage.storage.StorageKeys;
import dev.afterimage.storage.StoredObject;
import dev.afterimage.storage.TemporaryFiles;
import dev.afterimage.storage.UsedSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Objects as files under a directory: an object's key is its path below it, and {@code tmp/} holds what is being written. Directories may be
 * symbolic links. The quota knows only what this process wrote since it first looked.
 */
public final class LocalStorage implements Storage {

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
                new Presence(
                        root.toString(),
                        new IdentityFile(root.resolve(StorageIdentity.KEY), patience)::read,
                        "Mount the repository's storage",
                        expected),
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

    @Override
    public LocalStorage asFound() {
        return new LocalStorage(presence.ofAny(), root, 0);
    }

    @Override
    public void requirePresence() {
        presence.require();
    }

    @Override
    public Optional<StorageIdentity> identity() {
        return presence.found();
    }

    @Override
    public boolean identify(StorageIdentity identity) {
        try {
            directories.createRoot();
            var temporary = temporaryFiles.create();
            try (var channel = temporary.channel()) {
                channel.write(ByteBuffer.wrap(identity.encode()));
                channel.force(true);
                return give(temporary.path(), root.resolve(StorageIdentity.KEY));
            } finally {
                Files.deleteIfExists(temporary.path());
                temporaryFiles.closed(temporary.path());
            }
        } catch (IOException e) {
            throw StorageException.writing(e, "Making a repository in " + root);
        }
    }

    @Override
    public void forget() {
        usedSpace.forget();
        directories.forget();
    }

    @Override
    public NewObject create() {
        presence.require();
        return NewObject.begin(this, temporaryFiles, usedSpace, presence::writing);
    }

    @Override
    public boolean put(Path file, String key) {
        Path target = path(key);
        presence.require(); // a directory under a mount point takes whatever it is given
        try {
            directories.createFor(target);
            return give(file, target);
        } catch (IOException e) {
            throw presence.writing(e, "Putting " + key);
        }
    }

    /** Gives a file a name that nothing has, for good. */
    private boolean give(Path file, Path name) throws IOException {
        try {
            Files.createLink(name, file);
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (UnsupportedOperationException | FileSystemException noLinks) { // such as FAT, or some network shares
            if (Files.exists(name, NOFOLLOW_LINKS)) {
                return false;
            }
            Files.move(file, name, StandardCopyOption.ATOMIC_MOVE);
        }
        directories.syncFor(name); // the name itself survives a crash from here on
        return true;
    }

    @Override
    public Scratch scratch() {
        presence.require();
        try {
            return new Scratch(temporaryFiles.createUnnamed());
        } catch (IOException e) {
            throw presence.writing(e, "Creating a temporary file in " + root);
        }
    }

    @Override
    public StoredObject open(String key) {
        Path path = path(key);
        try {
            return LocalObject.open(key, path, presence);
        } catch (IOException e) {
            throw tree.reading(path, e, "Opening " + key);
        }
    }

    @Override
    public StoredObject open(String key, long bytes) {
        return open(key); // who has it open can go on reading when it is deleted
    }

    @Override
    public byte[] read(String key, int most) {
        try (var object = open(key)) {
            if (object.size() > most) {
                throw new IllegalArgumentException("it has %d bytes".formatted(object.size()));
            }
            var bytes = ByteBuffer.allocate((int) object.size());
            object.read(0, bytes);
            return bytes.array();
        }
    }

    @Override
    public boolean isNear() {
        return true;
    }

    @Override
    public long size(String key) {
        Path path = path(key);
        try {
            return Files.size(path);
        } catch (IOException e) {
            throw tree.reading(path, e, "Looking at " + key);
        }
    }

    @Override
    public List<ObjectInfo> list(String prefix) {
        return tree.objects(prefix);
    }

    @Override
    public List<String> folders(String prefix) {
        return tree.folders(prefix);
    }

    @Override
    public void delete(Collection<String> keys) {
        presence.require();
        usedSpace.bytes();
        var refused = new ArrayList<StorageException>();
        for (var key : keys) {
            try {
                delete(path(key));
            } catch (IOException e) {
                refused.add(presence.writing(e, "Deleting " + key));
            }
        }
        if (!refused.isEmpty()) {
            throw StorageException.refused(refused, keys.size());
        }
    }

    private void delete(Path path) throws IOException {
        try {
            long size = Files.size(path);
            Files.delete(path);
            usedSpace.release(size);
        } catch (NoSuchFileException e) {
            presence.require();
            if (!Files.exists(path.getParent())) {
                return;
            }
        }
        // So that a crash cannot bring it back after what it needs is deleted; also when a call before has deleted it,
        // of which this failed.
        directories.syncFor(path);
    }

    @Override
    public void removeLeftovers() {
        presence.require();
        usedSpace.bytes();
        try {
            usedSpace.release(temporaryFiles.removeLeftovers());
        } catch (IOException e) {
            throw presence.writing(e, "Removing temporary files of " + root);
        }
    }

    @Override
    public long usedBytes() {
        return usedSpace.bytes();
    }

    @Override
    public long freeBytes() {
        presence.require(); // else it is the room of the disk that has the mount point
        try {
            return usedSpace.free(Disk.usableBytes(root));
        } catch (IOException e) {
            throw presence.writing(e, "Measuring " + root);
        }
    }

    private long countBytes() {
        try {
            long bytes = temporaryFiles.bytes();
            for (var folder : StorageKeys.FOLDERS) {
                bytes += list(folder).stream().mapToLong(ObjectInfo::bytes).sum();
            }
            return bytes;
        } catch (IOException e) {
            throw presence.writing(e, "Measuring " + root);
        }
    }

    private Path path(String key) {
        return tree.path(key);
    }
}
