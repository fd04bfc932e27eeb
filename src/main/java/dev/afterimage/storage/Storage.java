package dev.afterimage.storage;

import dev.afterimage.problem.Problem;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Objects by their keys. Objects are immutable: put once, whole, under a key that nothing has; read in ranges; deleted. A key is a path of
 * parts separated by {@code /} and begins with {@code catalog/}, {@code compactions/}, {@code keys/}, {@code layers/},
 * {@code lease/} or {@code manifests/}. {@link StorageIdentity} tells which
 * storage it is. Whatever else lies there, or has no key's name, is left alone.
 *
 * <p>A storage that is meant to be a certain one, and is not there or is another, is {@link StorageException} STORAGE_UNREACHABLE: nothing is
 * then put or deleted, and nothing is said to be missing. What is read is not asked about, for it proves itself.
 *
 * <p>Safe for several threads, and for several processes that read, put and delete. Every variant passes {@code StorageContract}.
 */
public interface Storage {

    /**
     * Looks at which storage is there, by reading a small object. One that does not answer is given up after some seconds, and is then
     * given up at once until it has.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when it is not the one that is meant
     */
    void requirePresence();

    /**
     * Looks whether this process may put and delete.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when it is not the one that is meant
     * @throws dev.afterimage.problem.ProblemException REPOSITORY_HELD when somebody else writes to it
     */
    default void requireWritable() {
        requirePresence();
    }

    /** Why it may not, as far as that was seen; nothing when it may, or nobody has looked yet. Costs nothing. */
    default Optional<Problem> whyHeld() {
        return Optional.empty();
    }

    /** The same place, whatever storage is there. */
    Storage asFound();

    /**
     * Which storage is there; nothing where that is not written.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when it cannot be read
     */
    Optional<StorageIdentity> identity();

    /**
     * Says for ever which storage this is. After a failure it has the identity whole, or none.
     *
     * @return false when it has one already; that stays
     * @throws StorageException when it cannot be written
     */
    boolean identify(StorageIdentity identity);

    /** Whether there is no object, identity apart. */
    default boolean isEmpty() {
        return hasOnlyKeys() && list(StorageKeys.KEYS).isEmpty();
    }

    /** Whether there is no object, identity and keys apart. */
    default boolean hasOnlyKeys() {
        return StorageKeys.FOLDERS.stream()
                .filter(folder -> !folder.equals(StorageKeys.KEYS))
                .allMatch(folder -> folders(folder).isEmpty());
    }

    /** Forgets what it knows of what lies there: another storage has taken the place. */
    void forget();

    /**
     * Begins a new object, in a local file from where it is put at the least cost. The caller closes it, put or not.
     *
     * @throws StorageException when the file cannot be written
     */
    NewObject create();

    /**
     * Puts a whole object under a key. When it throws, the object may be there, but only whole.
     *
     * @param file that is durable; it may be gone afterwards
     * @return false when something has the key, which stays as it is; whoever loses a race for it loses it whole
     * @throws StorageException when it cannot be put
     */
    boolean put(Path file, String key);

    /**
     * Room for intermediate results, beside new objects, not counted in any quota. The caller closes it.
     *
     * @throws StorageException when it cannot be written
     */
    Scratch scratch();

    /**
     * Opens an object. The caller closes it.
     *
     * @throws StorageException.Missing when there is none of that key
     * @throws StorageException.Unreachable when it cannot be opened
     */
    StoredObject open(String key);

    /**
     * The same of an object whose size the caller knows, so that a storage need not look for it: that there is none, or one of another size,
     * the first read may be what finds it.
     */
    StoredObject open(String key, long bytes);

    /**
     * The whole of a small object, in one round trip.
     *
     * @param most that it can have
     * @throws IllegalArgumentException when it has more
     * @throws StorageException.Missing when there is none of that key
     * @throws StorageException.Unreachable when it cannot be read
     */
    byte[] read(String key, int most);

    /**
     * Whether of all that put under one key only one does. Where it is not so, only one process may write. Tried with a few objects of its own,
     * once, where servers differ.
     *
     * @throws StorageException when it cannot be tried
     */
    default boolean hasAtomicPuts() {
        return true;
    }

    /** Whether reading costs no round trip, so that it is not worth while to keep elsewhere what was read, or to read several objects at a time. */
    boolean isNear();

    /**
     * Bytes of an object.
     *
     * @throws StorageException.Missing when there is none of that key
     * @throws StorageException.Unreachable when that cannot be told
     */
    long size(String key);

    /**
     * The objects whose keys begin with {@code prefix}, by key: all of them, in however many answers the storage gives them. What is put or
     * deleted meanwhile may be among them or not.
     *
     * @param prefix a path ending in {@code /}
     * @throws StorageException.Unreachable when the storage cannot be read
     */
    List<ObjectInfo> list(String prefix);

    /**
     * The distinct next parts of keys that begin with {@code prefix} and go on below that part, sorted: for the keys
     * {@code a/b/1}, {@code a/b/2}, {@code a/c/1} and the prefix {@code a/}, these are {@code b} and {@code c}.
     *
     * @param prefix a path ending in {@code /}
     * @throws StorageException.Unreachable when the storage cannot be read
     */
    List<String> folders(String prefix);

    /**
     * Deletes objects for good; none of a key is no error. Who has one open can go on reading it, or gets an error, never other bytes.
     *
     * @throws StorageException.Unreachable when some cannot be deleted, which it names; all were tried
     */
    void delete(Collection<String> keys);

    /**
     * Deletes what dead processes left behind of new objects. That of living ones stays, of this or others.
     *
     * @throws StorageException.Unreachable when that cannot be deleted
     */
    void removeLeftovers();

    /**
     * Bytes in use, of objects and unfinished objects. The first call counts them by a list, others cost nothing.
     *
     * @throws StorageException.Unreachable when the storage cannot be read
     */
    long usedBytes();

    /**
     * How many bytes more can be stored.
     *
     * @throws StorageException.Unreachable when the storage cannot be read
     */
    long freeBytes();
}
