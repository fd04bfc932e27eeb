package dev.afterimage.repository.lease;

import dev.afterimage.problem.Problem;
import dev.afterimage.storage.NewObject;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.Scratch;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageIdentity;
import dev.afterimage.storage.StoredObject;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * A storage that only its holder changes. Reading needs no lease. Nor do keys: whoever opens the repository may change how it is opened, be it from a
 * command line beside the service.
 */
final class HeldStorage implements Storage {

    private static final String KEYS = "keys/";

    private final Storage storage;
    private final Holding hold;

    HeldStorage(Storage storage, Holding hold) {
        this.storage = storage;
        this.hold = hold;
    }

    @Override
    public void requireWritable() {
        storage.requireWritable();
        hold.requireToPut();
    }

    @Override
    public Optional<Problem> whyHeld() {
        return hold.problem();
    }

    @Override
    public boolean put(Path file, String key) {
        if (!key.startsWith(KEYS)) {
            hold.requireToPut();
        }
        return storage.put(file, key);
    }

    @Override
    public void delete(Collection<String> keys) {
        if (!keys.stream().allMatch(key -> key.startsWith(KEYS))) {
            hold.requireToDelete();
        }
        storage.delete(keys);
    }

    @Override
    public NewObject create() {
        return storage.create().by(this);
    }

    @Override
    public void forget() {
        storage.forget();
        hold.forget();
    }

    @Override
    public void requirePresence() {
        storage.requirePresence();
    }

    @Override
    public Storage asFound() {
        return storage.asFound();
    }

    @Override
    public Optional<StorageIdentity> identity() {
        return storage.identity();
    }

    @Override
    public boolean identify(StorageIdentity identity) {
        return storage.identify(identity);
    }

    @Override
    public boolean isEmpty() {
        return storage.isEmpty();
    }

    @Override
    public boolean hasOnlyKeys() {
        return storage.hasOnlyKeys();
    }

    @Override
    public Scratch scratch() {
        return storage.scratch();
    }

    @Override
    public StoredObject open(String key) {
        return storage.open(key);
    }

    @Override
    public StoredObject open(String key, long bytes) {
        return storage.open(key, bytes);
    }

    @Override
    public byte[] read(String key, int most) {
        return storage.read(key, most);
    }

    @Override
    public boolean hasAtomicPuts() {
        return storage.hasAtomicPuts();
    }

    @Override
    public boolean isNear() {
        return storage.isNear();
    }

    @Override
    public long size(String key) {
        return storage.size(key);
    }

    @Override
    public List<ObjectInfo> list(String prefix) {
        return storage.list(prefix);
    }

    @Override
    public List<String> folders(String prefix) {
        return storage.folders(prefix);
    }

    @Override
    public void removeLeftovers() {
        storage.removeLeftovers();
    }

    @Override
    public long usedBytes() {
        return storage.usedBytes();
    }

    @Override
    public long freeBytes() {
        return storage.freeBytes();
    }
}
