package dev.afterimage.storage;

import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Objects as files under a directory. Objects are immutable: written once under a temporary name, published whole,
 * deleted. An object's key is its path below the directory and begins with {@code layers/} or {@code manifests/};
 * {@code tmp/} holds what is being written. Whatever else lies in the directory, or has no key's name, is left alone.
 * Directories may be symbolic links.
 *
 * <p>Safe for several threads. Several processes may read and write; the quota knows only what this process wrote since
 * it first looked.
 */
public final class LocalStorage {

    private static final String TEMPORARY = "tmp";
    private static final String PART = "[A-Za-z0-9][A-Za-z0-9._-]*";
    private static final List<String> FOLDERS = List.of("layers", "manifests");
    private static final String FOLDER = "(" + String.join("|", FOLDERS) + ")";
    private static final Pattern KEY = Pattern.compile(FOLDER + "(/" + PART + ")+");
    private static final Pattern PREFIX = Pattern.compile(FOLDER + "/(" + PART + "/)*");

    /** So that a directory that is a link has the same content for a listing as for who opens an object in it. */
    private static final Set<FileVisitOption> LINKS = Set.of(FileVisitOption.FOLLOW_LINKS);

    private final Path root;
    private final TemporaryFiles temporaryFiles;
    private final DurableDirectories directories;
    private final UsedSpace usedSpace;

    /**
     * Creates the directory where it does not exist, and nothing in it.
     *
     * @param quotaBytes the most that objects and unfinished objects may take together; 0 for no limit
     * @throws StorageException when the directory cannot be created
     */
    public LocalStorage(Path root, long quotaBytes) {
        this.root = root.toAbsolutePath().normalize();
        this.temporaryFiles = new TemporaryFiles(this.root.resolve(TEMPORARY));
        this.directories = new DurableDirectories(this.root);
        this.usedSpace = new UsedSpace(quotaBytes, this::countBytes);
        try {
            Files.createDirectories(this.root);
        } catch (IOException e) {
            throw StorageException.of(e, "Creating " + this.root);
        }
    }

    /**
     * Begins a new object. The caller closes it, published or not.
     *
     * @throws StorageException when the storage cannot be written
     */
    public ObjectWriter create() {
        try {
            return new ObjectWriter(this, temporaryFiles.create());
        } catch (IOException e) {
            throw StorageException.of(e, "Creating an object in " + root);
        }
    }

    /**
     * Room for intermediate results, not counted in the quota. The caller closes it.
     *
     * @throws StorageException when the storage cannot be written
     */
    public Scratch scratch() {
        try {
            return new Scratch(temporaryFiles.createUnnamed());
        } catch (IOException e) {
            throw StorageException.of(e, "Creating a temporary file in " + root);
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
            return new StoredObject(key, FileChannel.open(path, READ));
        } catch (IOException e) {
            throw StorageException.of(e, "Opening " + key);
        }
    }

    /**
     * Sets when an object was last modified, as {@link #list} tells it; its bytes stay as they are.
     *
     * @throws StorageException.Missing when there is none of that key
     * @throws StorageException.Unreachable when the time cannot be set
     */
    public void touch(String key, Instant lastModified) {
        try {
            Files.setLastModifiedTime(path(key), FileTime.from(lastModified));
        } catch (IOException e) {
            throw StorageException.of(e, "Touching " + key);
        }
    }

    /** Whether the folder is there, be it empty; see {@link #folders}. */
    public boolean hasFolder(String prefix) {
        return Files.isDirectory(directory(prefix));
    }

    /**
     * The published objects whose keys begin with {@code prefix}, by key.
     *
     * @param prefix a path ending in {@code /}
     * @throws StorageException.Unreachable when the storage cannot be read
     */
    public List<ObjectInfo> list(String prefix) {
        var objects = new ArrayList<ObjectInfo>();
        walk(prefix, Integer.MAX_VALUE, (path, attributes) -> {
            if (attributes.isRegularFile()) {
                objects.add(new ObjectInfo(
                        key(path),
                        attributes.size(),
                        attributes.lastModifiedTime().toInstant()));
            }
        });
        objects.sort(Comparator.comparing(ObjectInfo::key));
        return objects;
    }

    /**
     * The distinct next parts of keys that begin with {@code prefix} and go on below that part, sorted: for the keys
     * {@code a/b/1}, {@code a/b/2}, {@code a/c/1} and the prefix {@code a/}, these are {@code b} and {@code c}.
     *
     * @param prefix a path ending in {@code /}
     * @throws StorageException.Unreachable when the storage cannot be read
     */
    public List<String> folders(String prefix) {
        var folders = new ArrayList<String>();
        walk(prefix, 1, (path, attributes) -> {
            if (attributes.isDirectory() && !isEmpty(path)) {
                folders.add(path.getFileName().toString());
            }
        });
        folders.sort(Comparator.naturalOrder());
        return folders;
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var entries = Files.newDirectoryStream(directory)) {
            return !entries.iterator().hasNext();
        }
    }

    /**
     * Deletes an object for good; none of that key is no error. Who has it open can go on reading it.
     *
     * @return its bytes, 0 when there was none
     * @throws StorageException.Unreachable when it cannot be deleted
     */
    public long delete(String key) {
        Path path = path(key);
        usedSpace.bytes();
        try {
            long size = Files.size(path);
            Files.delete(path);
            usedSpace.release(size);
            directories.syncFor(path); // so that a crash cannot bring it back after what it needs is deleted
            return size;
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw StorageException.of(e, "Deleting " + key);
        }
    }

    /**
     * Deletes the temporary files that dead processes left behind. Those of living ones stay, of this or others.
     *
     * @throws StorageException.Unreachable when they cannot be deleted
     */
    public void removeLeftovers() {
        usedSpace.bytes();
        try {
            usedSpace.release(temporaryFiles.removeLeftovers());
        } catch (IOException e) {
            throw StorageException.of(e, "Removing temporary files of " + root);
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
        try {
            return usedSpace.free(Files.getFileStore(root).getUsableSpace());
        } catch (IOException e) {
            throw StorageException.of(e, "Measuring " + root);
        }
    }

    private long countBytes() {
        try {
            long bytes = temporaryFiles.bytes();
            for (var folder : FOLDERS) {
                bytes +=
                        list(folder + "/").stream().mapToLong(ObjectInfo::bytes).sum();
            }
            return bytes;
        } catch (IOException e) {
            throw StorageException.of(e, "Measuring " + root);
        }
    }

    Path path(String key) {
        if (!KEY.matcher(key).matches()) {
            throw new IllegalArgumentException("Not a key: " + key);
        }
        return root.resolve(key);
    }

    private String key(Path path) {
        return root.relativize(path).toString().replace('\\', '/');
    }

    private void walk(String prefix, int depth, Visitor visitor) {
        Path start = directory(prefix);
        if (!Files.isDirectory(start)) {
            return;
        }
        try {
            Files.walkFileTree(start, LINKS, depth, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
                    if (KEY.matcher(key(path)).matches()) {
                        visitor.visit(path, attributes);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException || isForeign(path)) {
                        return FileVisitResult.CONTINUE; // deleted while we walked, or such as lost+found
                    }
                    throw e;
                }
            });
        } catch (IOException e) {
            throw StorageException.of(e, "Listing " + prefix);
        }
    }

    private boolean isForeign(Path path) {
        return !KEY.matcher(key(path)).matches() && !FOLDERS.contains(key(path));
    }

    private Path directory(String prefix) {
        if (!PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException("Not a prefix of keys: " + prefix);
        }
        return root.resolve(prefix);
    }

    static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
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

    @FunctionalInterface
    private interface Visitor {
        void visit(Path path, BasicFileAttributes attributes) throws IOException;
    }
}
