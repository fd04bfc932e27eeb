package dev.afterimage.repository;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The pages of a snapshot, found in its layers and decompressed; each byte was proven before it is given out. For one thread
 * at a time.
 */
final class SnapshotPages implements Closeable {

    private final Manifest manifest;
    private final List<LayerReader> layers;
    private final SnapshotStretches stretches;
    private final LayerBlocks blocks;
    private final Stretch stretch;

    /** @param layers closed with this */
    SnapshotPages(Manifest manifest, List<LayerReader> layers) {
        this.manifest = manifest;
        this.layers = layers;
        this.stretches = new SnapshotStretches(manifest, layers);
        this.blocks = new LayerBlocks(layers);
        this.stretch = stretches.newStretch();
    }

    /** The stretch that has a page. Stays the same until another is asked for. */
    Stretch stretchOf(long page) {
        long firstPage = stretches.firstPageWith(page);
        if (stretch.firstPage() != firstPage) {
            stretches.find(firstPage, stretch);
        }
        return stretch;
    }

    /** The pages from a page on that lie together in one block. The bytes stay until others are asked for. */
    ByteBuffer pagesFrom(long page) {
        var found = stretchOf(page);
        int i = (int) (page - found.firstPage());
        int pageSize = manifest.pageSize();
        return blocks.block(found.layer(i), found.block(i))
                .slice(found.slot(i) * pageSize, found.together(i) * pageSize);
    }

    long blocksRead() {
        return blocks.blocksRead();
    }

    /** A copy of all pages, by threads of its own; the caller closes it before this. */
    SnapshotCopy copy() {
        return new SnapshotCopy(manifest, layers);
    }

    @Override
    public void close() {
        try (blocks) {
            LayerPages.closeAll(layers);
        }
    }
}
