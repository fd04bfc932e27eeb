package dev.afterimage.repository.read;

import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.PageList;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.repository.seal.PageDigest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/**
 * What is left of a layer whose index is proven: its block table tells between which pages each block lies, also where the page
 * list is damaged. For one thread at a time, in page order.
 */
final class LayerRemains {

    private final LayerReader layer;
    private final int number;
    private final LayerBlocks blocks;
    private final DamageFound damage;
    private final PageDigest pageDigest;
    private final byte[] found = new byte[ShortDigest.SIZE];
    private final byte[] expected = new byte[ShortDigest.SIZE];

    // What was found damaged is not read again for each page of it.
    private final BitSet damagedLists = new BitSet();
    private final BitSet damagedBlocks = new BitSet();

    private Optional<PageList> list = Optional.empty();
    private int listedBlock = -1;
    private int nextBlock;

    /**
     * @param number of the layer among the blocks' layers
     * @param damage gets what is found
     */
    LayerRemains(LayerReader layer, int number, LayerBlocks blocks, DamageFound damage) {
        this.layer = layer;
        this.pageDigest = layer.newPageDigest();
        this.number = number;
        this.blocks = blocks;
        this.damage = damage;
    }

    /**
     * Puts the pages that this layer has of the stretch in place of those of older layers. Of a page that it may have, or not, an
     * older version is perhaps not the snapshot's: that is removed.
     */
    void putInto(Stretch stretch) {
        while (nextBlock < layer.blocks().blocks() && layer.blocks().lastPage(nextBlock) < stretch.firstPage()) {
            nextBlock++;
        }
        for (int block = nextBlock; block < layer.blocks().blocks(); block++) {
            if (layer.blocks().firstPage(block) > stretch.lastPage()) {
                return;
            }
            putBlock(block, stretch);
        }
    }

    private void putBlock(int block, Stretch stretch) {
        var entry = layer.blocks().get(block);
        var pages = pageList(block);
        long first = Math.max(entry.firstPage(), stretch.firstPage());
        long last = Math.min(entry.lastPage(), stretch.lastPage());
        if (pages.isPresent()) {
            int end = pages.get().slotFrom(0, last + 1);
            for (int slot = pages.get().slotFrom(0, first); slot < end; slot++) {
                stretch.put(number, block, slot, pages.get().number(slot));
            }
        } else if (entry.isDense()) {
            for (long page = first; page <= last; page++) {
                stretch.put(number, block, (int) (page - entry.firstPage()), page);
            }
        } else {
            for (long page = first; page <= last; page++) {
                stretch.remove(page);
            }
        }
    }

    /** Empty where it is damaged. */
    private Optional<PageList> pageList(int block) {
        if (block != listedBlock) {
            list = readPageList(block);
            listedBlock = block;
        }
        return list;
    }

    private Optional<PageList> readPageList(int block) {
        if (damagedLists.get(block)) {
            return Optional.empty();
        }
        try {
            return Optional.of(layer.pageList(block));
        } catch (UnusableSnapshotException e) {
            damagedLists.set(block);
            damage.add(e);
            return Optional.empty();
        }
    }

    /**
     * Reads a page, if its block is as it was written, and the page is the one in the index.
     *
     * @return whether it was read; otherwise the target is as it was
     */
    boolean read(int block, int slot, ByteBuffer target) {
        if (damagedBlocks.get(block)) {
            return false;
        }
        try {
            var pages = blocks.block(number, block);
            int offset = slot * layer.pageSize();
            requireDigest(block, slot, pages, offset);
            target.put(pages.slice(offset, layer.pageSize()));
            return true;
        } catch (UnusableSnapshotException e) {
            foundDamaged(block, e);
            return false;
        }
    }

    private void requireDigest(int block, int slot, ByteBuffer pages, int offset) {
        var digests = pageList(block);
        if (digests.isPresent()) { // else the block's checksum is the proof
            digests.get().copyDigest(slot, expected, 0);
            pageDigest.digest(pages, offset, layer.pageSize(), found, 0);
            if (!Arrays.equals(found, expected)) {
                throw layer.damaged("a page of block %d is not the one in its index".formatted(block), null);
            }
        }
    }

    /** All of it then: where the pages of a block are not those in its index, there is no telling which are. */
    private void foundDamaged(int block, ProblemException e) {
        damagedBlocks.set(block);
        damage.add(e);
    }
}
