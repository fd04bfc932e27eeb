package dev.afterimage.repository.log;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.afterimage.bytes.Sha256;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/** The segments of the logs in a repository. Each is immutable, and stored once. Safe for several threads. */
public final class Segments {

    private static final int SHA_256 = 32;

    /** Bytes of an object that are read at once to describe it: more than a block of zstd, without which nothing of it is unpacked. */
    private static final int BEGIN = 160 << 10;

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
            try (var content = new ZstdOutputStream(vault.codec().seal(key, object.stream()))) {
                write(segment, frames, content);
            } catch (IOException e) {
                throw StorageException.writing(e, "Writing " + key);
            }
            object.put(key);
            return object.written();
        }
    }

    private static void write(Segment segment, Frames frames, OutputStream content) throws IOException {
        var digest = new Sha256();
        write(segment.toBytes(), digest, content);
        var table = ByteBuffer.allocate(frames.count() * Segment.FRAME_SIZE);
        for (int frame = 0; frame < frames.count(); frame++) {
            table.putInt((int) frames.page(frame)).putInt(frames.commit(frame));
        }
        write(table.flip(), digest, content);
        var page = ByteBuffer.allocate(segment.pageSize());
        for (int frame = 0; frame < frames.count(); frame++) {
            frames.read(frame, page.clear());
            write(page.flip(), digest, content);
        }
        content.write(HexFormat.of().parseHex(digest.hex()));
    }

    private static void write(ByteBuffer bytes, Sha256 digest, OutputStream content) throws IOException {
        digest.update(bytes.duplicate());
        content.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
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
     * @param pages hears of all pages, before it is known whether they are as they were written: what is made of them counts only when this
     *     returns
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
        var key = ObjectKeys.segment(databaseId, name.chain(), name.firstCommit());
        try (var content = new ZstdInputStream(vault.codec().open(key, object.stream()))) {
            var segment = read(content, pages);
            requireOf(databaseId, name, segment);
            if (content.read() >= 0) {
                throw new IllegalArgumentException("it goes on behind its end");
            }
            return segment;
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static void requireOf(UUID databaseId, SegmentName name, Segment segment) {
        if (!segment.databaseId().equals(databaseId) || !segment.name().equals(name)) {
            throw new IllegalArgumentException("it is segment %s/%d of the log of database %s"
                    .formatted(segment.chain(), segment.firstCommit(), segment.databaseId()));
        }
    }

    /**
     * What is in a segment but for its pages, by its first bytes alone: of most segments one request. Whether the rest is as it was stored is not known
     * then; in a repository that is not sealed neither is it of what is returned.
     *
     * @throws DamagedSegmentException when it is none, is not the one of that name, or is missing
     * @throws StorageException.Unreachable when it cannot be read
     */
    public Segment describe(UUID databaseId, Stored stored) {
        var name = stored.name();
        var key = ObjectKeys.segment(databaseId, name.chain(), name.firstCommit());
        try (var object = vault.storage().open(key, stored.bytes());
                var begin = new BufferedInputStream(object.stream(), BEGIN);
                var content = new ZstdInputStream(vault.codec().open(key, begin))) {
            var segment = readBegin(content, new Sha256());
            requireOf(databaseId, name, segment);
            return segment;
        } catch (IOException | IllegalArgumentException e) {
            throw new DamagedSegmentException(databaseId, name, String.valueOf(e.getMessage()), e);
        } catch (StorageException.Missing e) {
            throw new DamagedSegmentException(databaseId, name, "it is missing", e);
        }
    }

    private static Segment read(InputStream content, PageVersions pages) throws IOException {
        var digest = new Sha256();
        var segment = readBegin(content, digest);
        var frames = read(content, segment.frames() * Segment.FRAME_SIZE, digest);
        while (frames.hasRemaining()) {
            long page = Integer.toUnsignedLong(frames.getInt());
            long commit = segment.firstCommit() + frames.getInt();
            pages.page(page, commit, read(content, segment.pageSize(), digest));
        }
        var expected = content.readNBytes(SHA_256);
        if (!HexFormat.of().formatHex(expected).equals(digest.hex())) {
            throw new IllegalArgumentException("its SHA-256 is another");
        }
        return segment;
    }

    private static Segment readBegin(InputStream content, Sha256 digest) throws IOException {
        var header = read(content, Segment.HEADER_SIZE, digest);
        return Segment.parse(header, read(content, Segment.commitBytes(header), digest));
    }

    private static ByteBuffer read(InputStream content, int bytes, Sha256 digest) throws IOException {
        var read = content.readNBytes(bytes);
        if (read.length < bytes) {
            throw new IllegalArgumentException("it ends early");
        }
        digest.update(ByteBuffer.wrap(read));
        return ByteBuffer.wrap(read);
    }

    /** Deletes some for good; one that is gone is no error. */
    public void delete(UUID databaseId, Collection<SegmentName> names) {
        vault.storage()
                .delete(names.stream()
                        .map(name -> ObjectKeys.segment(databaseId, name.chain(), name.firstCommit()))
                        .toList());
    }
}
