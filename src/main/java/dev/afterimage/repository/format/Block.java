package dev.afterimage.repository.format;

import com.github.luben.zstd.Zstd;

/** How much the blocks of a layer hold. */
public final class Block {

    /** The most that a block holds, uncompressed. */
    public static final int BYTES = 1 << 20;

    /** Larger stored blocks cannot come from a block: zstd's bound for it. */
    public static final int MAX_STORED_BYTES = (int) Zstd.compressBound(BYTES);

    public static int pagesPerBlock(int pageSize) {
        return BYTES / pageSize;
    }

    private Block() {}
}
