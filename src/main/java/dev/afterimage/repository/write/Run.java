package dev.afterimage.repository.write;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.read.Stretch;
import dev.afterimage.sqlite.PageSource;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/**
 * Up to 1 MiB of consecutive pages that are compared with what a snapshot has so far. Reused for run after run, used by one
 * thread at a time.
 */
final class Run implements AutoCloseable {

    private final PageSource source;
    private final Arena arena = Arena.ofShared();
    private final ByteBuffer pages = arena.allocate(Block.BYTES).asByteBuffer();
    private final Sha256 sha256 = new Sha256();
    private final Stretch base;
    private final byte[] digests;

    Run(PageSource source) {
        this.source = source;
        int capacity = Block.pagesPerBlock(source.pageSize());
        this.base = new Stretch(capacity);
        this.digests = new byte[capacity * ShortDigest.SIZE];
    }

    /** Where the caller puts what the snapshot has of these pages so far. */
    Stretch base() {
        return base;
    }

    /** Reads and digests the pages of the base from the source. */
    Run read() {
        int pageSize = source.pageSize();
        pages.clear().limit(base.pages() * pageSize);
        source.read(base.firstPage(), pages);
        pages.flip();
        for (int i = 0; i < base.pages(); i++) {
            sha256.truncated(pages, i * pageSize, pageSize, digests, i * ShortDigest.SIZE);
        }
        return this;
    }

    ByteBuffer pages() {
        return pages.duplicate();
    }

    ByteBuffer pageDigests() {
        return ByteBuffer.wrap(digests, 0, base.pages() * ShortDigest.SIZE);
    }

    /** Adds the pages that are not what the snapshot has so far. */
    void addChanged(LayerBuilder layer) {
        for (int i = 0; i < base.pages(); i++) {
            if (!base.has(i) || !base.hasDigest(i, digests)) {
                layer.add(base.firstPage() + i, pages, i * source.pageSize(), digests, i * ShortDigest.SIZE);
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
