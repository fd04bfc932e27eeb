package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.Uninterrupted;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.WalIndexHeader;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * A live database as this process has it open: the one way by which Java, and not SQLite, reads its file and its {@code
 * -shm}. POSIX drops all locks of a process on a file as soon as the process closes <em>any</em> descriptor of it, so a
 * channel that is closed while an SQLite connection of this process holds a lock would let writers in
 * (<a href="https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_">as
 * SQLite tells</a>). Therefore every connection to a live database and every reader counts as a user of it, by device and
 * inode, and its channels are closed when the last user leaves: never before, and never later.
 *
 * <p>Its channels are used {@linkplain Uninterrupted uninterrupted}.
 */
public final class LiveFile {

    private static final ConcurrentMap<Object, LiveFile> IN_USE = new ConcurrentHashMap<>();

    /**
     * Files of a database that was replaced while it was open here, of which nobody can tell when it is safe to close
     * them: they never are.
     */
    private static final Queue<AutoCloseable> UNKNOWN = new ConcurrentLinkedQueue<>();

    private final SourceFile file;
    private final Map<Object, RandomAccessFile> files = new HashMap<>();
    private final boolean alone;
    private int users;
    private @Nullable Descriptor forClones;

    /** Of its {@code -shm}, which has to be open for writing to be locked. */
    private final Map<Object, FileChannel> forLock = new HashMap<>();

    private @Nullable FileLock lockOfFollowers;
    private int followers;

    /**
     * Counts one more user, who must {@link #leave}. A connection is opened only after this.
     *
     * @throws SourceException.BeingReplaced if somebody is alone with it
     * @throws SourceException.Replaced if the same file is in use here under another name: it was renamed, and what lies beside
     *     that name may belong to another database by now
     */
    public static LiveFile enter(SourceFile file) {
        // Of one file nobody enters while the last one leaves: both happen under the lock of the map's entry.
        return IN_USE.compute(key(file), (key, inUse) -> {
            var entered = inUse == null ? new LiveFile(file, false) : inUse;
            if (entered.alone) {
                throw new SourceException.BeingReplaced(file.path());
            }
            if (!entered.file.path().equals(file.path())) {
                throw new SourceException.Replaced(file.path());
            }
            entered.users++;
            return entered;
        });
    }

    /**
     * Counts the only user, who may open and close channels of its own, since until it has {@linkplain #leave left} nobody
     * else can enter, under whatever name.
     *
     * @return empty if somebody is there
     */
    public static Optional<LiveFile> enterAlone(SourceFile file) {
        var entering = new LiveFile(file, true);
        return IN_USE.putIfAbsent(key(file), entering) == null ? Optional.of(entering) : Optional.empty();
    }

    /** Whether a database of that directory is in use here. */
    static boolean isInUseIn(@Nullable Path directory) {
        return IN_USE.values().stream()
                .anyMatch(inUse -> Objects.equals(inUse.file.path().getParent(), directory));
    }

    /** Whether the file of that identity, its device and inode, is a database that is in use here, wherever it lies by now. */
    static boolean isInUse(Object identity) {
        return IN_USE.containsKey(identity);
    }

    private static Object key(SourceFile file) {
        return Objects.requireNonNullElse(file.identity(), file.path());
    }

    private LiveFile(SourceFile file, boolean alone) {
        this.file = file;
        this.alone = alone;
        this.users = alone ? 1 : 0;
    }

    /**
     * Counts a user less. A connection leaves only when it is closed.
     *
     * @throws SourceException SOURCE_UNREADABLE if a channel could not be closed; the user has left, and all others are closed
     */
    public void leave() {
        var failures = new ArrayList<IOException>();
        IN_USE.computeIfPresent(key(file), (key, inUse) -> {
            users--;
            if (users > 0) {
                return this;
            }
            closeAll(failures);
            return null;
        });
        if (!failures.isEmpty()) {
            var first = failures.removeFirst();
            failures.forEach(first::addSuppressed);
            throw unreadable(first);
        }
    }

    private synchronized void closeAll(List<IOException> failures) {
        closeAll(files, failures);
        closeAll(forLock, failures);
        if (forClones != null) {
            forClones.close();
            forClones = null;
        }
    }

    private void closeAll(Map<Object, ? extends Closeable> opened, List<IOException> failures) {
        opened.forEach((identity, channel) -> {
            if (!identity.equals(key(file)) && anotherFileIsInUseHere()) {
                neverClose(channel);
            } else {
                close(channel, failures);
            }
        });
        opened.clear();
    }

    /** Whoever puts another database in the place of this one may leave the {@code -shm} where it is, and share it. */
    private boolean anotherFileIsInUseHere() {
        return IN_USE.values().stream()
                .anyMatch(other -> other != this && other.file.path().equals(file.path()));
    }

    private static void close(Closeable opened, List<IOException> failures) {
        try {
            opened.close();
        } catch (IOException e) {
            failures.add(e);
        }
    }

    /**
     * Reads the database file.
     *
     * @param buffer its position moves by what was read; less than its room only at the end of the file
     */
    public void read(ByteBuffer buffer, long position) {
        try {
            var channel = database();
            Uninterrupted.call(() -> readFully(channel, buffer, position));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** Whether the file begins as every database does. */
    boolean beginsAsDatabase() {
        var begin = ByteBuffer.allocate(DatabaseHeader.MAGIC_SIZE);
        read(begin, 0);
        return DatabaseHeader.begins(begin.array());
    }

    /**
     * The header as it stands in the file; in WAL mode a newer one may be in the WAL.
     *
     * @return empty if the file is
     * @throws IllegalArgumentException if it is not a header; the message says why
     */
    public Optional<DatabaseHeader> header() {
        var bytes = ByteBuffer.allocate(DatabaseHeader.SIZE);
        read(bytes, 0);
        return bytes.position() == 0 ? Optional.empty() : Optional.of(DatabaseHeader.parse(bytes.flip()));
    }

    /** What the {@code -shm} begins with at this moment; empty as told at {@link WalIndexHeader#parse}. */
    public Optional<WalIndexHeader> walIndex() {
        var bytes = ByteBuffer.allocate(WalIndexHeader.SIZE);
        readShm(bytes);
        return WalIndexHeader.parse(bytes.flip());
    }

    /**
     * Counts one more of this process who follows the database, who must {@link #endFollowing}, and is a user until then.
     *
     * @return false where another process follows it; then nobody is counted
     * @throws SourceException SOURCE_UNREADABLE where its {@code -shm} cannot be locked
     */
    public synchronized boolean beginFollowing() {
        if (followers == 0) {
            lockOfFollowers = lockForFollowers();
        }
        if (lockOfFollowers == null) {
            return false;
        }
        followers++;
        return true;
    }

    private @Nullable FileLock lockForFollowers() {
        try {
            return shmToLock().tryLock(HeldFile.FOLLOWER, 1, false);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private FileChannel shmToLock() throws IOException {
        file.requireUnreplaced();
        var shm = Beside.shm(file.path());
        var known = forLock.get(identity(shm));
        return known == null
                ? open(shm, path -> FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE), forLock)
                : known;
    }

    public synchronized void endFollowing() {
        followers--;
        var lock = lockOfFollowers;
        if (followers == 0 && lock != null) {
            lockOfFollowers = null;
            try {
                lock.release();
            } catch (IOException e) {
                throw unreadable(e);
            }
        }
    }

    /** Copies from the database file to another, in the kernel where it can; returns the number of bytes. */
    public long transferTo(FileChannel target, long position, long bytes) throws IOException {
        var channel = database();
        return Uninterrupted.call(() -> channel.transferTo(position, bytes, target));
    }

    /**
     * Has the file system make a file that shares all blocks of the database file as it is now.
     *
     * @param target that does not exist
     * @return false if it cannot, as most cannot, and none across two of them; then there is no such file
     * @throws IOException if the target cannot be created, or deleted again
     */
    public boolean cloneTo(Path target) throws IOException {
        if (!Descriptor.isLinux()) {
            return false;
        }
        var database = forClones();
        try (var clone = Descriptor.ofNewFile(target)) {
            if (clone.share(database)) {
                return true;
            }
        }
        Files.delete(target);
        return false;
    }

    private synchronized Descriptor forClones() {
        if (forClones == null) {
            forClones = openedForClones();
        }
        return forClones;
    }

    /** Java tells no number of what it has opened itself. */
    private Descriptor openedForClones() {
        file.requireUnreplaced();
        try {
            var opened = Descriptor.ofFile(file.path());
            if (!identity(opened.path()).equals(key(file))) {
                neverClose(opened);
                throw new SourceException.Replaced(file.path());
            }
            return opened;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private synchronized FileChannel database() throws IOException {
        var known = files.get(key(file));
        return (known == null ? openToRead(file.path()) : known).getChannel();
    }

    /**
     * Reads the beginning of the {@code -shm} file.
     *
     * @param buffer on the heap; stays empty if there is no such file
     */
    public synchronized void readShm(ByteBuffer buffer) {
        try {
            // Not by its channel: this way of reading cannot be interrupted, and takes no other thread.
            var shm = openShm();
            shm.seek(0);
            int read = shm.read(buffer.array(), 0, buffer.remaining());
            buffer.position(Math.max(0, read));
        } catch (NoSuchFileException e) {
            // It is made by the first who opens a WAL database, and deleted by the last who closes it.
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** SQLite deletes it and makes it anew, so it may be another file than the last time. */
    private RandomAccessFile openShm() throws IOException {
        file.requireUnreplaced(); // what lies beside the name is this database's only as long as the name is
        var shm = Beside.shm(file.path());
        var known = files.get(identity(shm));
        return known == null ? openToRead(shm) : known;
    }

    private RandomAccessFile openToRead(Path path) throws IOException {
        return open(path, LiveFile::opened, files);
    }

    @FunctionalInterface
    private interface Opening<C> {
        C open(Path path) throws IOException;
    }

    /**
     * Opens one of its files.
     *
     * @throws NoSuchFileException if it is gone, even if there is another one by now
     */
    private <C extends Closeable> C open(Path path, Opening<C> opening, Map<Object, C> known) throws IOException {
        file.requireUnreplaced();
        var identity = identity(path);
        var opened = opening.open(path);
        try {
            file.requireUnreplaced();
            if (!identity.equals(identity(path))) {
                throw new NoSuchFileException(path.toString());
            }
        } catch (IOException | RuntimeException e) {
            neverClose(opened);
            throw e;
        }
        known.put(identity, opened);
        return opened;
    }

    private static RandomAccessFile opened(Path path) throws IOException {
        try {
            return new RandomAccessFile(path.toFile(), "r");
        } catch (FileNotFoundException e) { // which Java says of both
            requireReadable(path, e);
            throw new NoSuchFileException(path.toString());
        }
    }

    private static void requireReadable(Path path, FileNotFoundException failure) throws IOException {
        try {
            path.getFileSystem().provider().checkAccess(path, AccessMode.READ);
        } catch (AccessDeniedException e) {
            throw failure; // in the system's words
        }
    }

    /** Keeps a channel of a file that was not meant to be opened: closing it could drop locks, and nobody can tell of whom. */
    public static void neverClose(AutoCloseable channel) {
        UNKNOWN.add(channel);
    }

    private static Object identity(Path path) throws IOException {
        var attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return Objects.requireNonNullElse(attributes.fileKey(), path);
    }

    private static int readFully(FileChannel channel, ByteBuffer buffer, long position) throws IOException {
        int start = buffer.position();
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position() - start) < 0) {
                break;
            }
        }
        return buffer.position() - start;
    }

    private SourceException unreadable(IOException e) {
        return SourceException.unreadable(file.path(), String.valueOf(e.getMessage()), e);
    }
}
