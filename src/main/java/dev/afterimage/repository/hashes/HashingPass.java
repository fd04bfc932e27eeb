package dev.afterimage.repository.hashes;

import dev.afterimage.bytes.ShortDigest;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One reading of all pages of a database, in which their hashes are compared with those that are known, and written to a new file. A file
 * that cannot be written ends that alone: {@link #finish} tells.
 */
public final class HashingPass implements AutoCloseable {

    private final PageHashes hashes;
    private final UUID fileId = UUID.randomUUID();
    private final int pageSize;
    private final long pageCount;
    private final @Nullable KnownHashes known;
    private final boolean trusts;
    private final byte[] secret;
    private final PageHash hash;
    private final Instant digestedAt;
    private @Nullable FileChannel file;
    private @Nullable IOException failure;
    private long stretches;

    /**
     * @param known of all pages that the snapshot has so far; null where there are none
     * @param secret that they were made with, or a new one
     * @param trusts whether pages whose hashes are the same are not digested
     * @param digestedAt when all pages were digested last, perhaps in this pass
     */
    HashingPass(
            PageHashes hashes,
            int pageSize,
            long pageCount,
            @Nullable KnownHashes known,
            byte[] secret,
            boolean trusts,
            Instant digestedAt) {
        this.hashes = hashes;
        this.pageSize = pageSize;
        this.pageCount = pageCount;
        this.known = known;
        this.secret = secret;
        this.trusts = trusts;
        this.hash = new PageHash(secret, pageSize);
        this.digestedAt = digestedAt;
        try {
            this.file = hashes.newFile();
        } catch (IOException e) {
            this.failure = e;
        }
    }

    /** Room for the hashes of one stretch. */
    public StretchHashes stretch() {
        return new StretchHashes(this, pageSize);
    }

    int read(long firstPage, int pages, byte[] target) {
        return known == null ? 0 : known.read(firstPage, pages, target);
    }

    void hash(MemorySegment content, int i, byte[] target) {
        hash.put(content, (long) i * pageSize, target, i * PageHash.SIZE);
    }

    boolean trusts() {
        return trusts;
    }

    /** Adds the hashes of the next stretch, as they are now; by one thread, in page order. */
    public void add(StretchHashes stretch) {
        var now = stretch.now();
        var checksum = HashFileHeader.checksum(fileId, stretches, now);
        var bytes = ByteBuffer.allocate(now.remaining() + ShortDigest.SIZE).put(now);
        checksum.put(bytes);
        write(bytes.flip(), HashFileHeader.position(pageSize, stretches));
        stretches++;
    }

    /** Pages of a stretch that have changed, although they have the hashes that they had. */
    public void overlooked(int pages) {
        hashes.overlooked(pages);
    }

    /** @param treeDigest of all pages that were added */
    public void finish(String treeDigest) {
        // Nothing is synced: the header comes last, and after a power failure each stretch tells whether it is there.
        var header =
                new HashFileHeader(pageSize, hashes.databaseId(), fileId, secret, treeDigest, pageCount, digestedAt);
        write(header.toBytes(), 0);
        var written = file;
        file = null;
        hashes.finished(written == null ? null : new KnownHashes(written, header), failure);
    }

    private void write(ByteBuffer bytes, long position) {
        var target = file;
        if (target == null) {
            return;
        }
        try {
            while (bytes.hasRemaining()) {
                target.write(bytes, position + bytes.position());
            }
        } catch (IOException e) {
            failure = e;
            close();
        }
    }

    /** What was not finished is nothing. */
    @Override
    public void close() {
        var unfinished = file;
        file = null;
        hashes.drop(unfinished);
    }
}
