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
    private final NewestPages newest;
    private final LayerBlocks blocks;
    private final Stretch stretch;

    /** @param layers closed with this */
    SnapshotPages(Manifest manifest, List<LayerReader> layers) {
        this.manifest = manifest;
        this.layers = layers;
        this.newest = new NewestPages(layers, manifest.pageCount());
        this.blocks = new LayerBlocks(layers);
        this.stretch = new Stretch(Block.pagesPerBlock(manifest.pageSize()));
    }

    /**
     * The stretch that has a page: all begin at multiples of what a block holds, so that most of them are one block of a full
     * layer. Stays the same until another is asked for.
     */
    Stretch stretchOf(long page) {
        int capacity = Block.pagesPerBlock(manifest.pageSize());
        long firstPage = (page - 1) / capacity * capacity + 1;
        if (stretch.firstPage() != firstPage) {
            int pages = (int) Math.min(capacity, manifest.pageCount() - firstPage + 1);
            newest.find(firstPage, pages, stretch);
            requireAll();
        }
        return stretch;
    }

    private void requireAll() {
        for (int i = 0; i < stretch.pages(); i++) {
            if (!stretch.has(i)) {
                throw new SnapshotDamagedException(
                        manifest.id(), null, "no layer has page %d".formatted(stretch.firstPage() + i), null);
            }
        }
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

    /** That a page is not what its layer's index says. */
    SnapshotDamagedException damaged(long page) {
        var found = stretchOf(page);
        return layers.get(found.layer((int) (page - found.firstPage())))
                .damaged("page %d is not the one in its index".formatted(page), null);
    }

    @Override
    public void close() {
        blocks.close();
        layers.forEach(LayerReader::close);
    }
}
