package dev.afterimage.repository.log;

import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The segments of the logs in a repository. Each is immutable, and stored once. Safe for several threads. */
public final class Segments {

    /** Bytes of an object that are read at once to describe it. */
    private static final int BEGIN = 160 << 10;

    /** The same to read it. */
    private static final int READ_AT_ONCE = 1 << 20;

    /** Deleted in one request to a bucket. */
    private static final int AT_ONCE = 1000;

    private final Vault vault;

    /** How many replay the logs of databases. */
    private final Map<UUID, Integer> reading = new ConcurrentHashMap<>();

    public Segments(Vault vault) {
        this.vault = vault;
    }

    /**
     * Stores a segment. It is visible when all of it is durable, and after a failure not at all, or whole. One of that name that is there
     * already stays: it was made of the same commits.
     *
     * @return bytes of the object
     * @throws StorageException when the storage is away, full, or cannot be written
     */
    public long put(Segment segment, Frames frames) {
        var key = ObjectKeys.segment(segment.databaseId(), segment.name());
        vault.storage().requireWritable();
        try (var object = vault.storage().create()) {
            try (var content = vault.codec().seal(key, object.stream());
                    var parts = new PartsWriter(content)) {
                write(segment, frames, parts);
            } catch (IOException e) {
                throw StorageException.writing(e, "Writing " + key);
            }
            return object.put(key) ? object.written() : vault.storage().size(key);
        }
    }

    private static void write(Segment segment, Frames frames, PartsWriter parts) throws IOException {
        parts.write(segment.toBytes());
        var table = ByteBuffer.allocate(frames.count() * Segment.FRAME_SIZE);
        for (int frame = 0; frame < frames.count(); frame++) {
            table.putInt((int) frames.page(frame)).putInt(frames.commit(frame));
        }
        parts.write(table.flip());
        int together = segment.framesTogether();
        var pages = ByteBuffer.allocate(together * segment.pageSize());
        for (int first = 0; first < frames.count(); first += together) {
            pages.clear();
            for (int frame = first; frame < Math.min(first + together, frames.count()); frame++) {
                frames.read(frame, pages.slice(pages.position(), segment.pageSize()));
                pages.position(pages.position() + segment.pageSize());
            }
            parts.write(pages.flip());
        }
        parts.end();
    }

    /**
     * A segment as it lies on the storage.
     *
     * @param bytes its size at present
     */
    public record Stored(SegmentName name, long bytes) {}

    /**
     * All of a database's segments that lie on the storage, in the order of their commits. What has no segment's name is none, and is left alone.
     *
     * @throws StorageException when the storage is away or cannot be read
     */
    public List<Stored> all(UUID databaseId) {
        vault.storage().requirePresence();
        return vault.storage().list(ObjectKeys.segments(databaseId)).stream()
                .flatMap(object -> ObjectKeys.segment(databaseId, object.key()).stream()
                        .map(name -> new Stored(name, object.bytes())))
                .sorted(Comparator.comparing(Stored::name))
                .toList();
    }

    /** The databases that have segments; costs one list of folders. */
    public List<UUID> databases() {
        return vault.storage().folders(ObjectKeys.LOG).stream()
                .flatMap(folder -> ObjectKeys.uuid(folder).stream())
                .toList();
    }

    /**
     * Opens a segment, which reads what is in it but for its pages.
     *
     * @throws DamagedSegmentException when it is none, is not the one of that name, or is missing
     * @throws StorageException.Unreachable when it cannot be read
     */
    SegmentReader open(UUID databaseId, Stored stored) {
        return open(databaseId, stored, READ_AT_ONCE);
    }

    private SegmentReader open(UUID databaseId, Stored stored, int atOnce) {
        var name = stored.name();
        var object = object(databaseId, stored);
        try {
            return SegmentReader.of(databaseId, name, object, atOnce, vault.codec());
        } catch (RuntimeException | Error e) {
            object.close();
            throw e;
        }
    }

    private StoredObject object(UUID databaseId, Stored stored) {
        var name = stored.name();
        try {
            return vault.storage().open(ObjectKeys.segment(databaseId, name), stored.bytes());
        } catch (StorageException.Missing e) {
            throw DamagedSegmentException.missing(databaseId, name, e);
        }
    }

    /** While it is open, whoever asks whether any are read leaves all of that database. The caller closes it. */
    Reading reading(UUID databaseId) {
        reading.merge(databaseId, 1, Integer::sum);
        return () -> reading.computeIfPresent(databaseId, (_, count) -> count == 1 ? null : count - 1);
    }

    /** Ends when it is closed. */
    interface Reading extends AutoCloseable {
        @Override
        void close();
    }

    /** Whether a log is replayed with this object just now: then nothing of it is to be deleted. */
    public boolean isRead(UUID databaseId) {
        return reading.containsKey(databaseId);
    }

    /** Whether reading them costs no round trip. */
    boolean areNear() {
        return vault.storage().isNear();
    }

    /**
     * Proves that an object, wherever it lies, is the segment of that name as it was stored.
     *
     * @throws IllegalArgumentException when it is not, which the message says
     * @throws StorageException when it cannot be read
     */
    public Segment require(UUID databaseId, SegmentName name, StoredObject object) {
        try {
            return prove(databaseId, name, object);
        } catch (DamagedSegmentException e) {
            throw new IllegalArgumentException(e.found(), e);
        }
    }

    /**
     * Reads a whole segment, and tells what came of that.
     *
     * @param whole hears of it when it is as it was stored
     */
    public ObjectCondition condition(UUID databaseId, SegmentName name, Consumer<Segment> whole) {
        var key = ObjectKeys.segment(databaseId, name);
        try (var object = vault.storage().open(key)) {
            whole.accept(prove(databaseId, name, object));
            return ObjectCondition.WHOLE;
        } catch (DamagedSegmentException e) {
            return new ObjectCondition.Damaged(e.found());
        } catch (StorageException.Missing _) {
            return new ObjectCondition.Damaged(DamagedSegmentException.IS_MISSING);
        } catch (StorageException.Unreachable e) {
            return ObjectCondition.Unreadable.of(e);
        }
    }

    /**
     * Reads all of a segment.
     *
     * @throws DamagedSegmentException when it is not as it was stored, or is missing
     * @throws StorageException.Unreachable when it cannot be read
     */
    public Segment prove(UUID databaseId, Stored stored) {
        try (var object = object(databaseId, stored)) {
            return prove(databaseId, stored.name(), object);
        }
    }

    private Segment prove(UUID databaseId, SegmentName name, StoredObject object) {
        var reader = SegmentReader.of(databaseId, name, object, READ_AT_ONCE, vault.codec());
        reader.read((_, _, _) -> {}, Runnable::run);
        return reader.segment();
    }

    /**
     * What is in a segment but for its pages, by its first bytes alone: of most segments one request. Whether the rest is as it was stored is not known
     * then.
     *
     * @throws DamagedSegmentException when it is none, is not the one of that name, or is missing
     * @throws StorageException.Unreachable when it cannot be read
     */
    public Segment describe(UUID databaseId, Stored stored) {
        try (var segment = open(databaseId, stored, BEGIN)) {
            return segment.segment();
        }
    }

    /** @throws StorageException when the storage is not there */
    public void requirePresence() {
        vault.storage().requirePresence();
    }

    /** Deletes some for good; one that is gone is no error. */
    public void delete(UUID databaseId, Collection<SegmentName> names) {
        var keys =
                names.stream().map(name -> ObjectKeys.segment(databaseId, name)).toList();
        for (int from = 0; from < keys.size(); from += AT_ONCE) {
            vault.storage().delete(keys.subList(from, Math.min(from + AT_ONCE, keys.size())));
        }
    }
}
