package dev.afterimage.repository.write;

import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.hashes.StretchHashes;
import dev.afterimage.repository.read.Stretch;
import dev.afterimage.repository.seal.PageDigest;
import dev.afterimage.sqlite.PageSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Up to 1 MiB of consecutive pages that are compared with what a snapshot has so far. Reused for run after run, used by one
 * thread at a time.
 */
final class Run implements AutoCloseable {

    private final PageSource source;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate(Block.BYTES);
    private final ByteBuffer pages = memory.asByteBuffer();
    private final PageDigest pageDigest;
    private final Stretch base;
    private final @Nullable StretchHashes hashes;
    private final boolean believes;
    private final boolean onlyChanges;
    private final byte[] digests;

    /**
     * @param pageDigest nobody else's
     * @param hashes by which pages may be known to be unchanged; null to digest all
     * @param believes whether pages are not even read that cannot have changed, as the source has it
     * @param onlyChanges whether the source has no others
     */
    Run(
            PageSource source,
            PageDigest pageDigest,
            @Nullable StretchHashes hashes,
            boolean believes,
            boolean onlyChanges) {
        this.pageDigest = pageDigest;
        this.source = source;
        this.hashes = hashes;
        this.believes = believes;
        this.onlyChanges = onlyChanges;
        int capacity = Block.pagesPerBlock(source.pageSize());
        this.base = new Stretch(capacity);
        this.digests = new byte[capacity * ShortDigest.SIZE];
    }

    /** Where the caller puts what the snapshot has of these pages so far. */
    Stretch base() {
        return base;
    }

    /** Reads the pages of the base from the source, but for those that cannot have changed, and digests those that are not known to be the same. */
    Run read() {
        if (hashes != null) {
            hashes.begin(base.firstPage(), base.pages());
        }
        for (int i = 0; i < base.pages(); ) {
            int together = 1;
            boolean unread = canStayUnread(i);
            while (i + together < base.pages() && canStayUnread(i + together) == unread) {
                together++;
            }
            if (unread) {
                keep(i, together);
            } else {
                read(i, together);
            }
            i += together;
        }
        pages.position(0).limit(base.pages() * source.pageSize());
        return this;
    }

    private boolean canStayUnread(int i) {
        return believes
                && (onlyChanges || (hashes != null && hashes.knows(i)))
                && base.has(i)
                && !source.mayHaveChanged(base.firstPage() + i);
    }

    private void keep(int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (hashes != null) {
                hashes.keep(i);
            }
            base.copyDigest(i, digests);
        }
    }

    private void read(int from, int count) {
        int pageSize = source.pageSize();
        source.read(
                base.firstPage() + from, pages.clear().position(from * pageSize).limit((from + count) * pageSize));
        pages.clear();
        for (int i = from; i < from + count; i++) {
            if (hashes != null) {
                hashes.take(i, memory);
            }
            if (hashes != null && hashes.vouchFor(i) && base.has(i)) {
                base.copyDigest(i, digests);
            } else {
                pageDigest.digest(pages, i * pageSize, pageSize, digests, i * ShortDigest.SIZE);
            }
        }
    }

    /** Of pages that have changed, how many have the hash that they had, or no commit that has changed them: a snapshot before may lack their changes. */
    int overlooked() {
        int overlooked = 0;
        for (int i = 0; hashes != null && i < base.pages(); i++) {
            if ((hashes.isSame(i) || !source.mayHaveChanged(base.firstPage() + i))
                    && base.has(i)
                    && !base.hasDigest(i, digests)) {
                overlooked++;
            }
        }
        return overlooked;
    }

    @Nullable
    StretchHashes hashes() {
        return hashes;
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
