package dev.afterimage.repository.read;

import dev.afterimage.repository.format.BlockTable;

/** Where the page lists of a layer begin, counted from the first. Takes 1 byte of heap for 2 MiB of database: only some are kept, the others added up. */
final class PageListOffsets {

    private static final int EACH = 16;

    private final BlockTable blocks;
    private final long[] kept;
    private final long end;

    /** @param blocks all of them, as they will stay */
    PageListOffsets(BlockTable blocks) {
        this.blocks = blocks;
        this.kept = new long[Math.ceilDiv(blocks.blocks(), EACH)];
        long offset = 0;
        for (int i = 0; i < blocks.blocks(); i++) {
            if (i % EACH == 0) {
                kept[i / EACH] = offset;
            }
            offset += blocks.pageListBytes(i);
        }
        this.end = offset;
    }

    /** In bytes. */
    long of(int block) {
        long offset = kept[block / EACH];
        for (int i = block - block % EACH; i < block; i++) {
            offset += blocks.pageListBytes(i);
        }
        return offset;
    }

    /** Behind the last. */
    long end() {
        return end;
    }
}
