package dev.afterimage.repository.read;

import dev.afterimage.repository.format.BlockEntry;
import dev.afterimage.repository.format.PageList;
import org.jspecify.annotations.Nullable;

/** A place among the pages of a layer, in ascending order. Reads a page list only when the place is within its block. */
public final class LayerCursor {

    private final LayerPages layer;
    private int block;
    private int slot;
    private @Nullable PageList list;
    private int listedBlock = -1;

    public LayerCursor(LayerPages layer) {
        this.layer = layer;
    }

    /** Moves to the first page that is not before {@code page}, or to the end. */
    public void seek(long page) {
        block = blockEndingFrom(page);
        slot = 0;
        if (!atEnd() && layer.blocks().firstPage(block) < page) {
            slot = list().slotFrom(0, page);
        }
    }

    private int blockEndingFrom(long page) {
        int low = 0;
        int high = layer.blocks().blocks();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (layer.blocks().lastPage(middle) < page) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    public boolean atEnd() {
        return block == layer.blocks().blocks();
    }

    /** Moves to the next page, or to the end. */
    public void next() {
        slot++;
        if (slot == layer.blocks().pages(block)) {
            nextBlock();
        }
    }

    /** Moves to the first page of the next block, or to the end. */
    void nextBlock() {
        block++;
        slot = 0;
    }

    public long page() {
        return slot == 0 ? layer.blocks().firstPage(block) : list().number(slot);
    }

    /** Number of the block in which the page is. */
    public int block() {
        return block;
    }

    public BlockEntry blockEntry() {
        return layer.blocks().get(block);
    }

    /** Which page of its block it is, from 0. */
    public int slot() {
        return slot;
    }

    public void copyDigest(byte[] target, int at) {
        list().copyDigest(slot, target, at);
    }

    private PageList list() {
        var current = list;
        if (current == null || listedBlock != block) {
            current = layer.pageList(block);
            list = current;
            listedBlock = block;
        }
        return current;
    }
}
