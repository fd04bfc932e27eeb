package dev.afterimage.repository.log;

import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.seal.Codec;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.Executor;

/**
 * A segment that is open, of which the begin was read. The caller closes it. For one thread at a time; a damage that is found later, in what another
 * thread unpacks, is told there.
 */
final class SegmentReader implements AutoCloseable {

    private final StoredObject object;
    private final InputStream content;
    private final PartsReader parts;
    private final Segment segment;

    /**
     * Reads what is in one but for its pages.
     *
     * @param object is closed with this, and is the caller's where this fails
     * @param atOnce bytes that are asked for at once
     * @throws DamagedSegmentException when it is none, or not the one of that name
     * @throws StorageException.Unreachable when it cannot be read
     */
    static SegmentReader of(UUID databaseId, SegmentName name, StoredObject object, int atOnce, Codec codec) {
        try {
            return new SegmentReader(databaseId, name, object, atOnce, codec);
        } catch (IOException | IllegalArgumentException e) {
            throw damaged(databaseId, name, e);
        } catch (StorageException.Missing e) {
            throw DamagedSegmentException.missing(databaseId, name, e);
        }
    }

    private SegmentReader(UUID databaseId, SegmentName name, StoredObject object, int atOnce, Codec codec)
            throws IOException {
        var key = ObjectKeys.segment(databaseId, name);
        int bytes = Math.clamp(object.size(), 1, atOnce);
        this.object = object;
        this.content = codec.open(key, new BufferedInputStream(object.stream(), bytes));
        this.parts = new PartsReader(content);
        this.segment = begin();
        if (!segment.databaseId().equals(databaseId) || !segment.name().equals(name)) {
            throw new IllegalArgumentException("it has commits %d to %d of chain %s of database %s"
                    .formatted(segment.firstCommit(), segment.lastCommit(), segment.chain(), segment.databaseId()));
        }
    }

    private Segment begin() throws IOException {
        try (var bytes = parts.next().stream()) {
            var header = read(bytes, Segment.HEADER_SIZE);
            var begin = Segment.parse(header, read(bytes, Segment.commitBytes(header)));
            if (bytes.read() >= 0) {
                throw new IllegalArgumentException("it has more commits than it says");
            }
            return begin;
        }
    }

    private static ByteBuffer read(InputStream content, int bytes) throws IOException {
        var read = content.readNBytes(bytes);
        if (read.length < bytes) {
            throw new IllegalArgumentException("it has fewer commits than it says");
        }
        return ByteBuffer.wrap(read);
    }

    /** What is in it but for its pages. */
    Segment segment() {
        return segment;
    }

    /**
     * Reads its pages to its end.
     *
     * @param unpacking has the parts proven and unpacked of which something is wanted, and gives it out. It may still be at it when this returns
     * @throws DamagedSegmentException when it is not what was stored, as far as this needs to know
     * @throws StorageException.Unreachable when it cannot be read
     */
    void read(PageVersions pages, Executor unpacking) {
        try {
            readPages(pages, unpacking);
            parts.end();
        } catch (IOException | IllegalArgumentException e) {
            throw damaged(e);
        } catch (StorageException.Missing e) {
            throw DamagedSegmentException.missing(segment.databaseId(), segment.name(), e);
        }
    }

    private void readPages(PageVersions pages, Executor unpacking) throws IOException {
        int count = segment.frames();
        var table = ByteBuffer.wrap(parts.next().unpacked(count * Segment.FRAME_SIZE));
        int together = segment.framesTogether();
        for (int first = 0; first < count; first += together) {
            int end = Math.min(first + together, count);
            var wanted = wanted(table, first, end, pages);
            if (wanted.length == 0) {
                parts.skip();
                continue;
            }
            var part = parts.next();
            int size = (end - first) * segment.pageSize();
            int base = first;
            unpacking.execute(() -> give(part, size, base, wanted, table, pages));
        }
    }

    private int[] wanted(ByteBuffer table, int first, int end, PageVersions pages) {
        var wanted = new int[end - first];
        int count = 0;
        for (int frame = first; frame < end; frame++) {
            if (pages.wants(segment.page(table, frame), segment.commit(table, frame))) {
                wanted[count++] = frame;
            }
        }
        return Arrays.copyOf(wanted, count);
    }

    private void give(PartsReader.Part part, int size, int first, int[] wanted, ByteBuffer table, PageVersions pages) {
        try {
            var unpacked = part.unpacked(size);
            for (int frame : wanted) {
                int at = (frame - first) * segment.pageSize();
                var content = ByteBuffer.wrap(unpacked, at, segment.pageSize()).slice();
                pages.page(segment.page(table, frame), segment.commit(table, frame), content);
            }
        } catch (IllegalArgumentException e) {
            throw damaged(e);
        }
    }

    private DamagedSegmentException damaged(Exception e) {
        return damaged(segment.databaseId(), segment.name(), e);
    }

    private static DamagedSegmentException damaged(UUID databaseId, SegmentName name, Exception e) {
        return new DamagedSegmentException(databaseId, name, String.valueOf(e.getMessage()), e);
    }

    @Override
    public void close() {
        object.close();
    }
}
