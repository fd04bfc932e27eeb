package dev.afterimage.repository;

import dev.afterimage.storage.ObjectWriter;
import dev.afterimage.storage.Scratch;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A layer that is written but has no name on the storage yet. What pages it has is read from its scratch file. Closing it
 * unpublished leaves nothing behind. For one thread at a time.
 */
final class UnpublishedLayer implements LayerPages {

    private final LayerRef layer;
    private final ObjectWriter object;
    private final List<BlockEntry> blocks;
    private final Scratch pageLists;
    private final long[] pageListOffsets;

    UnpublishedLayer(LayerRef layer, ObjectWriter object, List<BlockEntry> blocks, Scratch pageLists) {
        this.layer = layer;
        this.object = object;
        this.blocks = blocks;
        this.pageLists = pageLists;
        this.pageListOffsets = new long[blocks.size()];
        for (int i = 1; i < pageListOffsets.length; i++) {
            pageListOffsets[i] = pageListOffsets[i - 1] + blocks.get(i - 1).pageListBytes();
        }
    }

    @Override
    public LayerRef layer() {
        return layer;
    }

    ObjectWriter object() {
        return object;
    }

    @Override
    public int blocks() {
        return blocks.size();
    }

    @Override
    public BlockEntry block(int number) {
        return blocks.get(number);
    }

    @Override
    public PageList pageList(int number) {
        var bytes = ByteBuffer.allocate(blocks.get(number).pageListBytes());
        pageLists.read(pageListOffsets[number], bytes);
        return PageList.parse(bytes.flip(), blocks.get(number));
    }

    @Override
    public void close() {
        try (pageLists) {
            object.close();
        }
    }
}
