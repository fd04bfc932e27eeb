package dev.afterimage.repository.read;

import dev.afterimage.repository.format.BlockTable;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.PageList;
import dev.afterimage.storage.NewObject;
import dev.afterimage.storage.Scratch;
import java.nio.ByteBuffer;

/**
 * A layer that is written but has no name on the storage yet. What pages it has is read from its scratch file. Closing it
 * unpublished leaves nothing behind. For one thread at a time.
 */
public final class UnpublishedLayer implements LayerPages {

    private final LayerRef layer;
    private final NewObject object;
    private final BlockTable blocks;
    private final Scratch pageLists;
    private final long[] pageListOffsets;

    public UnpublishedLayer(LayerRef layer, NewObject object, BlockTable blocks, Scratch pageLists) {
        this.layer = layer;
        this.object = object;
        this.blocks = blocks;
        this.pageLists = pageLists;
        this.pageListOffsets = new long[blocks.blocks()];
        for (int i = 1; i < pageListOffsets.length; i++) {
            pageListOffsets[i] = pageListOffsets[i - 1] + blocks.pageListBytes(i - 1);
        }
    }

    @Override
    public LayerRef layer() {
        return layer;
    }

    public NewObject object() {
        return object;
    }

    @Override
    public BlockTable blocks() {
        return blocks;
    }

    @Override
    public PageList pageList(int number) {
        var block = blocks.get(number);
        var bytes = ByteBuffer.allocate(block.pageListBytes());
        pageLists.read(pageListOffsets[number], bytes);
        return PageList.parse(bytes.flip(), block);
    }

    @Override
    public void close() {
        try (blocks;
                pageLists) {
            object.close();
        }
    }
}
