package dev.afterimage.repository.write;

import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.read.LayerBlocks;
import dev.afterimage.repository.read.LayerCursor;
import dev.afterimage.repository.read.LayerReader;
import dev.afterimage.repository.read.UnpublishedLayer;
import dev.afterimage.repository.read.Workers;
import dev.afterimage.repository.seal.PageDigest;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Adjacent layers of a snapshot become one: a walk through all of them in page order, of which the newest version of a page
 * wins. Blocks among whose pages no other layer has any are copied as they are stored. What is not as it was written is not
 * merged: the walk ends there, telling of which layer it is.
 */
final class Merge implements AutoCloseable {

    /** Smaller blocks are packed together with others, so that merges do not leave ever more small ones. */
    private static final double LEAST_FILLED_TO_COPY = 0.5;

    private static final int NONE = -1;

    private final List<LayerReader> layers;
    private final int pageSize;
    private final long pageCount;
    private final LayerBuilder merged;
    private final LayerBlocks blocks;
    private final List<LayerCursor> cursors;
    private final PageDigest pageDigest;
    private final byte[] digest = new byte[ShortDigest.SIZE];
    private final byte[] found = new byte[ShortDigest.SIZE];

    private Merge(List<LayerReader> layers, int pageSize, long pageCount, LayerBuilder merged) {
        this.layers = layers;
        this.pageDigest = layers.getFirst().newPageDigest();
        this.pageSize = pageSize;
        this.pageCount = pageCount;
        this.merged = merged;
        this.blocks = new LayerBlocks(layers);
        this.cursors = layers.stream().map(LayerCursor::new).toList();
    }

    /**
     * Merges layers.
     *
     * @param layers in the snapshot's order; stay open
     * @param header of the merged layer
     * @param pageCount of the snapshot; pages behind it are left out
     * @param progress told of the pages of the database that were passed; may throw to stop
     * @return the merged layer, unpublished, which the caller closes; nothing when none of the pages is left
     * @throws SnapshotDamagedException if a part of a layer that is needed is not what was written
     */
    static Optional<UnpublishedLayer> run(
            List<LayerReader> layers, LayerHeader header, long pageCount, Vault vault, PageProgress progress) {
        var workers = Workers.onAllCores("block-worker-");
        try (var merged = new LayerBuilder(header, vault, workers);
                var merge = new Merge(layers, header.pageSize(), pageCount, merged);
                workers) {
            return merge.run(progress);
        }
    }

    private Optional<UnpublishedLayer> run(PageProgress progress) {
        cursors.forEach(cursor -> cursor.seek(1));
        for (int layer = newestOfLowest(); layer != NONE; layer = newestOfLowest()) {
            if (cursors.get(layer).slot() == 0) {
                progress.pages(cursors.get(layer).page() - 1, pageCount);
            }
            if (isAlone(layer)) {
                copyBlock(layer);
            } else {
                addPage(layer);
            }
        }
        return merged.finish();
    }

    /** The layer that has the newest version of the lowest page that was not yet dealt with. */
    private int newestOfLowest() {
        int newest = NONE;
        long lowest = pageCount;
        for (int layer = 0; layer < cursors.size(); layer++) {
            var cursor = cursors.get(layer);
            if (!cursor.atEnd() && cursor.page() <= lowest) {
                lowest = cursor.page();
                newest = layer;
            }
        }
        return newest;
    }

    /** Whether the block that begins at the layer's cursor can be taken as a whole. */
    private boolean isAlone(int layer) {
        var cursor = cursors.get(layer);
        if (cursor.slot() != 0) {
            return false;
        }
        var block = cursor.blockEntry();
        if (block.lastPage() > pageCount || block.pages() < LEAST_FILLED_TO_COPY * Block.pagesPerBlock(pageSize)) {
            return false;
        }
        for (int other = 0; other < cursors.size(); other++) {
            boolean superseded = other < layer && block.isDense();
            if (other != layer && !superseded && isBefore(other, block.lastPage())) {
                return false;
            }
        }
        return true;
    }

    private boolean isBefore(int layer, long lastPage) {
        var cursor = cursors.get(layer);
        return !cursor.atEnd() && cursor.page() <= lastPage;
    }

    private void copyBlock(int layer) {
        var cursor = cursors.get(layer);
        long lastPage = cursor.blockEntry().lastPage();
        merged.add(layers.get(layer), cursor.block());
        for (int other = 0; other < cursors.size(); other++) {
            if (isBefore(other, lastPage)) {
                cursors.get(other).seek(lastPage + 1);
            }
        }
    }

    private void addPage(int layer) {
        var cursor = cursors.get(layer);
        long page = cursor.page();
        var bytes = blocks.block(layer, cursor.block());
        int offset = cursor.slot() * pageSize;
        cursor.copyDigest(digest, 0);
        pageDigest.digest(bytes, offset, pageSize, found, 0);
        if (!Arrays.equals(digest, found)) {
            throw layers.get(layer).damaged("page %d is not the one in its index".formatted(page), null);
        }
        merged.add(page, bytes, offset, digest, 0);
        for (int other = 0; other < cursors.size(); other++) {
            if (isBefore(other, page)) {
                cursors.get(other).next();
            }
        }
    }

    @Override
    public void close() {
        blocks.close();
    }
}
