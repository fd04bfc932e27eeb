package dev.afterimage.repository.log;

import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/** The segments of the logs in a repository. Each is immutable, and stored once. Safe for several threads. */
public final class Segments {

    /** Bytes of an object that are read at once to describe it. */
    private static final int BEGIN = 160 << 10;

    /** The same to read it. */
    private static final int READ_AT_ONCE = 1 << 20;

    private final Vault vault;

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
        var key = ObjectKeys.segment(segment.databaseId(), segment.chain(), segment.firstCommit());
        vault.storage().requireWritable();
        try (var object = vault.storage().create()) {
            try (var content = vault.codec().seal(key, object.stream());
                    var parts = new PartsWriter(content)) {
                write(segment, frames, parts);
            } catch (IOException e) {
                throw StorageException.writing(e, "Writing " + key);
            }
            object.put(key);
            return object.written();
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
     * The names of a database's segments, by the number of their first commit.
     *
     * @throws StorageException when the storage is away or cannot be read
     */
    public List<SegmentName> list(UUID databaseId) {
        return stored(databaseId).stream().map(Stored::name).toList();
    }

    /** The same, with their sizes. What has no segment's name is none, and is left alone. */
    public List<Stored> stored(UUID databaseId) {
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
     * Reads a segment.
     *
     * @param pages hears of those that it wants, before it is known whether they are as they were written: what is made of them counts only when
     *     this returns. Only of what it wants is it known then
     * @throws DamagedSegmentException when it is not what was stored, or is missing
     * @throws StorageException.Unreachable when it cannot be read
     */
    public Segment read(UUID databaseId, SegmentName name, PageVersions pages) {
        try (var object = vault.storage().open(ObjectKeys.segment(databaseId, name.chain(), name.firstCommit()))) {
            return read(databaseId, name, object, pages);
        } catch (IllegalArgumentException e) {
            throw new DamagedSegmentException(databaseId, name, String.valueOf(e.getMessage()), e);
        } catch (StorageException.Missing e) {
            throw new DamagedSegmentException(databaseId, name, "it is missing", e);
        }
    }

    /**
     * Proves that an object, wherever it lies, is the segment of that name as it was stored.
     *
     * @throws IllegalArgumentException when it is not, which the message says
     * @throws StorageException when it cannot be read
     */
    public Segment require(UUID databaseId, SegmentName name, StoredObject object) {
        return read(databaseId, name, object, (_, _, _) -> {});
    }

    /**
     * Reads a whole segment, and tells what came of that.
     *
     * @param whole hears of it when it is as it was stored
     */
    public ObjectCondition condition(UUID databaseId, SegmentName name, Consumer<Segment> whole) {
        try {
            whole.accept(read(databaseId, name, (_, _, _) -> {}));
            return ObjectCondition.WHOLE;
        } catch (DamagedSegmentException e) {
            return new ObjectCondition.Damaged(e.found());
        } catch (StorageException.Unreachable e) {
            return ObjectCondition.Unreadable.of(e);
        }
    }

    private Segment read(UUID databaseId, SegmentName name, StoredObject object, PageVersions pages) {
        try (var content = open(databaseId, name, object, READ_AT_ONCE);
                var parts = new PartsReader(content)) {
            var segment = readBegin(parts);
            requireOf(databaseId, name, segment);
            readPages(segment, parts, pages);
            parts.end();
            return segment;
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private InputStream open(UUID databaseId, SegmentName name, StoredObject object, int atOnce) {
        var key = ObjectKeys.segment(databaseId, name.chain(), name.firstCommit());
        int bytes = Math.clamp(object.size(), 1, atOnce);
        return vault.codec().open(key, new BufferedInputStream(object.stream(), bytes));
    }

    private static void requireOf(UUID databaseId, SegmentName name, Segment segment) {
        if (!segment.databaseId().equals(databaseId) || !segment.name().equals(name)) {
            throw new IllegalArgumentException("it is segment %s/%d of the log of database %s"
                    .formatted(segment.chain(), segment.firstCommit(), segment.databaseId()));
        }
    }

    /**
     * What is in a segment but for its pages, by its first bytes alone: of most segments one request. Whether the rest is as it was stored is not known
     * then.
     *
     * @throws DamagedSegmentException when it is none, is not the one of that name, or is missing
     * @throws StorageException.Unreachable when it cannot be read
     */
    public Segment describe(UUID databaseId, Stored stored) {
        var name = stored.name();
        var key = ObjectKeys.segment(databaseId, name.chain(), name.firstCommit());
        try (var object = vault.storage().open(key, stored.bytes());
                var content = open(databaseId, name, object, BEGIN);
                var parts = new PartsReader(content)) {
            var segment = readBegin(parts);
            requireOf(databaseId, name, segment);
            return segment;
        } catch (IOException | IllegalArgumentException e) {
            throw new DamagedSegmentException(databaseId, name, String.valueOf(e.getMessage()), e);
        } catch (StorageException.Missing e) {
            throw new DamagedSegmentException(databaseId, name, "it is missing", e);
        }
    }

    private static Segment readBegin(PartsReader parts) throws IOException {
        try (var content = parts.stream()) {
            var header = read(content, Segment.HEADER_SIZE);
            var segment = Segment.parse(header, read(content, Segment.commitBytes(header)));
            if (content.read() >= 0) {
                throw new IllegalArgumentException("it has more commits than it says");
            }
            return segment;
        }
    }

    private static ByteBuffer read(InputStream content, int bytes) throws IOException {
        var read = content.readNBytes(bytes);
        if (read.length < bytes) {
            throw new IllegalArgumentException("it has fewer commits than it says");
        }
        return ByteBuffer.wrap(read);
    }

    private static void readPages(Segment segment, PartsReader parts, PageVersions wanted) throws IOException {
        int count = segment.frames();
        var frames = new byte[count * Segment.FRAME_SIZE];
        parts.read(frames, frames.length);
        var table = ByteBuffer.wrap(frames);
        int together = segment.framesTogether();
        var pages = new byte[Math.min(together, count) * segment.pageSize()];
        for (int first = 0; first < count; first += together) {
            int end = Math.min(first + together, count);
            int frame = nextWanted(segment, table, first, end, wanted);
            if (frame == end) {
                parts.skip();
                continue;
            }
            parts.read(pages, (end - first) * segment.pageSize());
            for (; frame < end; frame = nextWanted(segment, table, frame + 1, end, wanted)) {
                int at = (frame - first) * segment.pageSize();
                var content = ByteBuffer.wrap(pages, at, segment.pageSize()).slice();
                wanted.page(segment.page(table, frame), segment.commit(table, frame), content);
            }
        }
    }

    private static int nextWanted(Segment segment, ByteBuffer table, int from, int end, PageVersions wanted) {
        int frame = from;
        while (frame < end && !wanted.wants(segment.page(table, frame), segment.commit(table, frame))) {
            frame++;
        }
        return frame;
    }

    /** Deletes some for good; one that is gone is no error. */
    public void delete(UUID databaseId, Collection<SegmentName> names) {
        vault.storage()
                .delete(names.stream()
                        .map(name -> ObjectKeys.segment(databaseId, name.chain(), name.firstCommit()))
                        .toList());
    }
}
