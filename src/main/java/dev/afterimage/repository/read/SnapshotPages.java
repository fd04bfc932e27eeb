package dev.afterimage.repository.read;

import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SnapshotDamagedException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The pages of a snapshot, found in its layers and decompressed; each byte was proven before it is given out. Pages are found
 * stretch by stretch: all stretches begin at multiples of what a block holds, so that most of them are one block of a full layer.
 * For one thread at a time.
 */
final class SnapshotPages implements AutoCloseable {

    private final Manifest manifest;
    private final NewestPages newest;
    private final LayerBlocks blocks;
    private final int capacity;
    private final Stretch stretch;

    /** @param layers of the snapshot, in the manifest's order; stay the caller's to close, after this */
    SnapshotPages(Manifest manifest, List<LayerReader> layers) {
        this.manifest = manifest;
        this.newest = new NewestPages(layers, manifest.pageCount());
        this.blocks = new LayerBlocks(layers);
        this.capacity = Block.pagesPerBlock(manifest.pageSize());
        this.stretch = newStretch();
    }

    /** The pages from a page on that lie together in one block. The bytes stay until others are asked for. */
    ByteBuffer pagesFrom(long page) {
        var found = stretchOf(page);
        int i = (int) (page - found.firstPage());
        return found.part(i, blocks.block(found.layer(i), found.block(i)), manifest.pageSize());
    }

    /** The stretch that has a page. Stays the same until another is asked for. */
    Stretch stretchOf(long page) {
        long firstPage = (page - 1) / capacity * capacity + 1;
        if (stretch.firstPage() != firstPage) {
            find(firstPage, stretch);
        }
        return stretch;
    }

    /** An empty one, with room for any of the snapshot. */
    Stretch newStretch() {
        return new Stretch(capacity);
    }

    /**
     * Finds the stretch that begins at a page.
     *
     * @param target becomes that stretch; of no page when this throws, since one of which not all layers could be asked has old
     *     versions of pages
     * @throws SnapshotDamagedException if a page list is not what was written, or no layer has a page
     */
    void find(long firstPage, Stretch target) {
        boolean found = false;
        try {
            newest.find(firstPage, (int) Math.min(capacity, manifest.pageCount() - firstPage + 1), target);
            requireAll(target);
            found = true;
        } finally {
            if (!found) {
                target.forget();
            }
        }
    }

    private void requireAll(Stretch stretch) {
        for (int i = 0; i < stretch.pages(); i++) {
            if (!stretch.has(i)) {
                throw new SnapshotDamagedException(
                        manifest.id(), null, "no layer has page %d".formatted(stretch.firstPage() + i), null);
            }
        }
    }

    LayerBlocks blocks() {
        return blocks;
    }

    @Override
    public void close() {
        blocks.close();
    }
}
