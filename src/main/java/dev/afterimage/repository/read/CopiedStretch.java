package dev.afterimage.repository.read;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.Block;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A stretch of a snapshot on its way into a copy: found, proven on a worker's thread, taken, forgotten. Reused for stretch
 * after stretch; up to 1 MiB outside the heap.
 */
final class CopiedStretch implements AutoCloseable {

    private final List<LayerReader> layers;
    private final int pageSize;
    private final Arena arena = Arena.ofShared();
    private final ByteBuffer gathered = arena.allocate(Block.BYTES).asByteBuffer();
    private final Sha256 sha256 = new Sha256();
    private final Stretch place;
    private final List<LayerBlocks.Decompressed> blocks = new ArrayList<>();
    private final byte[] digests;
    private ByteBuffer pages = gathered;

    /** @param place for the caller to find */
    CopiedStretch(List<LayerReader> layers, int pageSize, Stretch place) {
        this.layers = layers;
        this.pageSize = pageSize;
        this.place = place;
        this.digests = new byte[place.digests().length];
    }

    Stretch place() {
        return place;
    }

    /** Has the blocks decompressed in which its pages are. */
    void begin(LayerBlocks ahead) {
        for (int i = 0; i < place.pages(); i += place.together(i)) {
            blocks.add(ahead.use(place.layer(i), place.block(i)));
        }
    }

    /** Puts its pages together and proves them. Waits for their blocks, so it must be done after these were begun. */
    CopiedStretch prove() {
        pages = blocks.size() == 1 ? part(0, 0) : gather();
        for (int i = 0; i < place.pages(); i++) {
            sha256.truncated(pages, i * pageSize, pageSize, digests, i * ShortDigest.SIZE);
            if (!place.hasDigest(i, digests)) {
                throw layers.get(place.layer(i))
                        .damaged("page %d is not the one in its index".formatted(place.firstPage() + i), null);
            }
        }
        return this;
    }

    private ByteBuffer gather() {
        gathered.clear();
        for (int i = 0, part = 0; i < place.pages(); i += place.together(i), part++) {
            gathered.put(part(part, i));
        }
        return gathered.flip();
    }

    /** The pages from {@code i} on that lie together in one block. */
    private ByteBuffer part(int block, int i) {
        return place.part(i, blocks.get(block).await(), pageSize);
    }

    ByteBuffer pages() {
        return pages.duplicate();
    }

    ByteBuffer pageDigests() {
        return ByteBuffer.wrap(digests, 0, place.pages() * ShortDigest.SIZE);
    }

    /** Lets its blocks go. */
    void end(LayerBlocks ahead) {
        blocks.forEach(ahead::release);
        blocks.clear();
    }

    @Override
    public void close() {
        arena.close();
    }
}
