package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Beside;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of a database's files, as the kernel knows it, and the names of the bytes that SQLite locks in it.
 *
 * @param key device and inode, as Java compares them
 * @param device major and minor number in hexadecimal, as /proc/locks writes them
 */
public record HeldFile(Path path, @Nullable Object key, String device, long inode) {

    /** Of the database file: <a href="https://www.sqlite.org/src/file/src/os.h">PENDING_BYTE and what follows it</a>. */
    public static final long PENDING = 0x40000000L;

    /** From PENDING to the last byte of SHARED. */
    public static final long LOCK_BYTES = 512;

    static final long RESERVED = PENDING + 1;
    static final long SHARED_FIRST = PENDING + 2;
    private static final long SHARED_LAST = SHARED_FIRST + 509;

    /** Of the {@code -shm} file: a writer holds it. */
    static final long WAL_WRITE = 120;

    /** Of the {@code -shm} file: everybody who has it open holds it, to be told from the dead. */
    static final long DMS = 128;

    /**
     * Of the {@code -shm} file: an Afterimage that follows the database holds it. "Afte", far behind all that SQLite locks or maps, and for all
     * times: services of two versions are to meet here, too.
     */
    public static final long FOLLOWER = 0x41667465L;

    static final String FOLLOWER_NAME = "AFTERIMAGE_FOLLOWS";

    /** Of the {@code -shm} file: <a href="https://www.sqlite.org/walformat.html#wal_locks">WAL locks</a>. */
    private static final Map<Long, String> WAL_LOCKS = walLocks();

    private static Map<Long, String> walLocks() {
        var names = new LinkedHashMap<Long, String>();
        names.put(WAL_WRITE, "WAL_WRITE");
        names.put(121L, "WAL_CHECKPOINT");
        names.put(122L, "WAL_RECOVER");
        for (int mark = 0; mark < 5; mark++) {
            names.put(123L + mark, "WAL_READ_" + mark);
        }
        names.put(DMS, "DMS");
        names.put(FOLLOWER, FOLLOWER_NAME);
        return names;
    }

    /** Those of the database file, its {@code -wal}, {@code -shm} and {@code -journal} that exist. */
    static List<HeldFile> family(Path database) {
        try {
            var real = database.toRealPath();
            var files = new ArrayList<HeldFile>();
            find(real).ifPresent(files::add);
            Beside.all(real).forEach(beside -> find(beside).ifPresent(files::add));
            return files;
        } catch (IOException e) {
            // No such file: nobody can hold it.
            return List.of();
        }
    }

    /** Empty if there is none. */
    static Optional<HeldFile> find(Path path) {
        try {
            var attributes = Files.readAttributes(path, "unix:fileKey,dev,ino");
            long device = (Long) Objects.requireNonNull(attributes.get("dev"));
            return Optional.of(new HeldFile(path, attributes.get("fileKey"), majorAndMinor(device), (Long)
                    Objects.requireNonNull(attributes.get("ino"))));
        } catch (IOException | UnsupportedOperationException e) {
            // It does not exist, or the system has no inodes.
            return Optional.empty();
        }
    }

    /** As <a href="https://man7.org/linux/man-pages/man3/makedev.3.html">gnu_dev_major and gnu_dev_minor</a> do it. */
    static String majorAndMinor(long device) {
        long major = ((device >>> 8) & 0xfff) | ((device >>> 32) & ~0xfffL);
        long minor = (device & 0xff) | ((device >>> 12) & ~0xffL);
        return "%02x:%02x".formatted(major, minor);
    }

    /**
     * Whether the descriptor, a link in {@code /proc/<pid>/fd}, leads here; it is not opened.
     *
     * @param leadsTo what the link says
     */
    boolean isAt(Path descriptor, String leadsTo) {
        try {
            // The name is compared first: it is cheaper than a stat, which could hang on a dead network file system.
            return endsWithName(leadsTo) && Objects.equals(Files.getAttribute(descriptor, "unix:fileKey"), key);
        } catch (IOException e) {
            // Closed meanwhile.
            return false;
        }
    }

    /** Of text, and without making any: a machine has thousands of descriptors, and each is asked. */
    private boolean endsWithName(String leadsTo) {
        var own = path.toString();
        int length = own.length() - own.lastIndexOf('/');
        return leadsTo.regionMatches(leadsTo.length() - length, own, own.length() - length, length);
    }

    /** What SQLite calls the lock; none for a lock on bytes that mean nothing to it. */
    List<String> namesOf(PosixLock lock) {
        var name = String.valueOf(path.getFileName());
        if (name.endsWith("-shm")) {
            return WAL_LOCKS.entrySet().stream()
                    .filter(entry -> lock.covers(entry.getKey()))
                    .map(Map.Entry::getValue)
                    .toList();
        }
        return databaseLocks(lock);
    }

    private static List<String> databaseLocks(PosixLock lock) {
        if (lock.write() && lock.covers(SHARED_FIRST) && lock.covers(SHARED_LAST)) {
            return List.of("EXCLUSIVE");
        }
        var names = new ArrayList<String>();
        if (lock.covers(SHARED_FIRST)) {
            names.add("SHARED");
        }
        if (lock.covers(RESERVED)) {
            names.add("RESERVED");
        }
        if (lock.covers(PENDING)) {
            names.add("PENDING");
        }
        return names;
    }
}
