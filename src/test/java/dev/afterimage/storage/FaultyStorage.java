package dev.afterimage.storage;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A real storage, before each call of which something happens: it is slow, or fails. */
public final class FaultyStorage implements Storage {

    /**
     * A call.
     *
     * @param method such as {@code put}
     * @param what key, prefix, or keys; empty where there is none
     * @param number from 1, of all calls
     */
    public record Call(String method, String what, int number) {}

    /** As of a storage that does not answer. */
    public static StorageException failure() {
        return new StorageException.Unreachable("it is made to fail", new IOException("made to fail"));
    }

    /** As of a storage of which nothing can be said. */
    public static StorageException away() {
        return new StorageException(Problem.of(ProblemCode.STORAGE_UNREACHABLE, "it is away"));
    }

    private final Storage storage;
    private final boolean isNear;
    private final Consumer<Call> before;
    private final Predicate<ObjectInfo> listed;
    private final AtomicInteger calls = new AtomicInteger();

    /** @param before may throw, and then the call is not made */
    public FaultyStorage(Storage storage, Consumer<Call> before) {
        this(storage, storage.isNear(), before);
    }

    /** One of which each read takes a round trip, and which keeps nothing for readers. */
    public static FaultyStorage far(Storage storage, Consumer<Call> before) {
        return new FaultyStorage(storage, false, before);
    }

    /** One whose lists leave out objects that are there. */
    public static FaultyStorage listing(Storage storage, Predicate<ObjectInfo> listed) {
        return new FaultyStorage(storage, storage.isNear(), _ -> {}, listed);
    }

    private FaultyStorage(Storage storage, boolean isNear, Consumer<Call> before) {
        this(storage, isNear, before, _ -> true);
    }

    private FaultyStorage(Storage storage, boolean isNear, Consumer<Call> before, Predicate<ObjectInfo> listed) {
        this.storage = storage;
        this.listed = listed;
        this.isNear = isNear;
        this.before = before;
    }

    private void before(String method, String what) {
        before.accept(new Call(method, what, calls.incrementAndGet()));
    }

    @Override
    public void requirePresence() {
        before("requirePresence", "");
        storage.requirePresence();
    }

    @Override
    public Storage asFound() {
        return storage.asFound();
    }

    @Override
    public Optional<StorageIdentity> identity() {
        before("identity", "");
        return storage.identity();
    }

    @Override
    public boolean identify(StorageIdentity identity) {
        before("identify", "");
        return storage.identify(identity);
    }

    @Override
    public boolean isEmpty() {
        before("isEmpty", "");
        return storage.isEmpty();
    }

    @Override
    public boolean hasOnlyKeys() {
        before("hasOnlyKeys", "");
        return storage.hasOnlyKeys();
    }

    @Override
    public void forget() {
        storage.forget();
    }

    @Override
    public NewObject create() {
        before("create", "");
        return storage.create().by(this);
    }

    @Override
    public boolean put(Path file, String key) {
        before("put", key);
        return storage.put(file, key);
    }

    @Override
    public Scratch scratch() {
        before("scratch", "");
        return storage.scratch();
    }

    @Override
    public StoredObject open(String key) {
        before("open", key);
        return new Opened(key, storage.open(key));
    }

    private final class Opened implements StoredObject {

        private final String key;
        private final StoredObject object;

        Opened(String key, StoredObject object) {
            this.key = key;
            this.object = object;
        }

        @Override
        public long size() {
            return object.size();
        }

        @Override
        public int read(long position, ByteBuffer target) {
            before("read", key);
            return object.read(position, target);
        }

        @Override
        public void close() {
            object.close();
        }
    }

    @Override
    public StoredObject open(String key, long bytes) {
        return isNear ? open(key) : new Opened(key, new Unopened(key, bytes));
    }

    /** What is found out by reading it. */
    private final class Unopened implements StoredObject {

        private final String key;
        private final long bytes;

        Unopened(String key, long bytes) {
            this.key = key;
            this.bytes = bytes;
        }

        @Override
        public long size() {
            return bytes;
        }

        @Override
        public int read(long position, ByteBuffer target) {
            try (var object = storage.open(key)) {
                return object.read(position, target);
            }
        }

        @Override
        public void close() {}
    }

    @Override
    public byte[] read(String key, int most) {
        before("read", key);
        return storage.read(key, most);
    }

    @Override
    public boolean isNear() {
        return isNear;
    }

    @Override
    public long size(String key) {
        before("size", key);
        return storage.size(key);
    }

    @Override
    public List<ObjectInfo> list(String prefix) {
        before("list", prefix);
        return storage.list(prefix).stream().filter(listed).toList();
    }

    @Override
    public List<String> folders(String prefix) {
        before("folders", prefix);
        return storage.folders(prefix);
    }

    @Override
    public void delete(Collection<String> keys) {
        before("delete", keys.toString());
        storage.delete(keys);
    }

    @Override
    public void removeLeftovers() {
        before("removeLeftovers", "");
        storage.removeLeftovers();
    }

    @Override
    public long usedBytes() {
        return storage.usedBytes();
    }

    @Override
    public long freeBytes() {
        before("freeBytes", "");
        return storage.freeBytes();
    }
}
