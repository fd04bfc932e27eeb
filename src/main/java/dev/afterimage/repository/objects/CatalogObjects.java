package dev.afterimage.repository.objects;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.afterimage.bytes.Sha256;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.seal.BrokenSealException;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.NewObject;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/**
 * The copies of catalogs in a repository: each one zstd frame, written once, whose name has its checksum. Nothing else in the repository
 * depends on them. They hold secrets, so only the owner of the files may read them.
 */
public final class CatalogObjects {

    private static final int BUFFER_BYTES = 1 << 16;

    /** What is unpacked is no more than so many times as long as what was stored, or shorter than that: tables of a catalog are a tenth. */
    private static final int MOST_TIMES = 100;

    private static final long ALWAYS_BYTES = 64L << 20;

    private final Vault vault;
    private final Storage storage;
    private final Clock clock;

    public CatalogObjects(Vault vault, Clock clock) {
        this.vault = vault;
        this.storage = vault.storage();
        this.clock = clock;
    }

    /**
     * Stores a file. It is visible when all of it is durable, and after a failure not at all.
     *
     * @param file not changed, and not needed afterwards
     * @throws StorageException when the storage is away, full, or cannot be written
     * @throws IOException when the file cannot be read
     */
    public CatalogObject put(UUID catalogId, Instant takenAt, String reason, Path file) throws IOException {
        try (var object = storage.create()) {
            object.restrictToOwner();
            var digested = new Digested(object);
            var name = CatalogObject.name(catalogId, takenAt, reason);
            try (var compressed = new ZstdOutputStream(vault.codec().seal(name, digested))) {
                Files.copy(file, compressed);
            }
            var copy = new CatalogObject(catalogId, takenAt, reason, digested.sha256.hex(), object.written());
            object.put(copy.key()); // what has this name already has the same bytes
            return copy;
        }
    }

    /** What goes to an object, with its checksum. */
    private static final class Digested extends OutputStream {

        private final NewObject object;
        private final Sha256 sha256 = new Sha256();

        Digested(NewObject object) {
            this.object = object;
        }

        @Override
        public void write(int one) {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            sha256.update(ByteBuffer.wrap(bytes, offset, length));
            object.write(ByteBuffer.wrap(bytes, offset, length));
        }
    }

    /**
     * All of them, the newest first. What has no copy's name is none. Those of the future are the last: the clock was ahead when they were
     * taken, so they are older than all that were taken since.
     *
     * @throws StorageException when the storage is away or cannot be read
     */
    public List<CatalogObject> list() {
        storage.requirePresence(); // an empty mount point has none
        var now = clock.instant();
        return storage.list(ObjectKeys.CATALOG).stream()
                .flatMap(object -> CatalogObject.of(object.key(), object.bytes()).stream())
                .sorted(Comparator.comparing(
                                (CatalogObject copy) -> !copy.takenAt().isAfter(now))
                        .thenComparing(CatalogObject::takenAt)
                        .thenComparing(CatalogObject::key)
                        .reversed())
                .toList();
    }

    /** Reads one, and tells what came of that. */
    public ObjectCondition condition(CatalogObject copy) {
        try (var object = storage.open(copy.key())) {
            var sha256 = new Sha256();
            var buffer = ByteBuffer.allocate(BUFFER_BYTES);
            for (long position = 0; position < object.size(); position += BUFFER_BYTES) {
                object.read(position, buffer.clear());
                sha256.update(buffer.flip());
            }
            var found = sha256.hex();
            return found.equals(copy.sha256())
                    ? ObjectCondition.WHOLE
                    : new ObjectCondition.Damaged("its SHA-256 is " + found);
        } catch (StorageException.Missing e) {
            return new ObjectCondition.Damaged("it is missing");
        } catch (StorageException.Unreachable e) {
            return ObjectCondition.Unreadable.of(e);
        }
    }

    /**
     * Writes what was stored to a file, as it is; {@link #condition} tells whether it is what was meant.
     *
     * @param target that is there and empty
     * @throws StorageException when the storage cannot be read
     * @throws IllegalArgumentException when it is missing, is not such an object, or is far larger than one; the message says why
     * @throws IOException when the file cannot be written
     */
    public void fetch(CatalogObject copy, Path target) throws IOException {
        try (var object = storage.open(copy.key());
                var content = new ZstdInputStream(vault.codec().open(copy.name(), object.stream()));
                var file = Files.newOutputStream(target)) {
            long most = Math.max(ALWAYS_BYTES, MOST_TIMES * object.size());
            content.transferTo(new Bounded(file, most));
        } catch (BrokenSealException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (ZstdIOException e) {
            throw new IllegalArgumentException("it cannot be unpacked: " + e.getMessage(), e);
        } catch (StorageException.Missing e) {
            throw new IllegalArgumentException("it is missing", e);
        }
    }

    /** Takes no more than so many bytes: a few may stand for more than the disk has room for. */
    private static final class Bounded extends OutputStream {

        private final OutputStream target;
        private long room;

        Bounded(OutputStream target, long most) {
            this.target = target;
            this.room = most;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            room -= length;
            if (room < 0) {
                throw new IllegalArgumentException("it is larger than any copy of a catalog when it is unpacked");
            }
            target.write(bytes, offset, length);
        }
    }

    /**
     * Deletes one for good; one that is gone is no error.
     *
     * @throws StorageException when the storage is away, or it cannot be deleted
     */
    public void delete(CatalogObject copy) {
        storage.delete(List.of(copy.key()));
    }
}
