package dev.afterimage.repository.read;

import dev.afterimage.repository.format.BlockTable;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.PageList;
import dev.afterimage.repository.seal.LayerParts;
import dev.afterimage.repository.seal.Part;
import dev.afterimage.storage.NewObject;
import dev.afterimage.storage.Scratch;
import java.nio.ByteBuffer;

/**
 * A layer that is written but has no name on the storage yet. What pages it has is read from its scratch file. Closing it
 * unpublished leaves nothing behind. For one thread at a time.
 */
public final class UnpublishedLayer implements LayerPages {

    private final LayerHeader header;
    private final LayerParts parts;
    private final LayerRef layer;
    private final NewObject object;
    private final BlockTable blocks;
    private final Scratch pageLists;
    private final PageListOffsets pageListOffsets;

    /** @param parts by which the page lists were sealed, as they are in the scratch file too */
    public UnpublishedLayer(
            LayerHeader header,
            LayerRef layer,
            NewObject object,
            BlockTable blocks,
            Scratch pageLists,
            LayerParts parts) {
        this.header = header;
        this.parts = parts;
        this.layer = layer;
        this.object = object;
        this.blocks = blocks;
        this.pageLists = pageLists;
        this.pageListOffsets = new PageListOffsets(blocks);
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
        pageLists.read(pageListOffsets.of(number), bytes);
        if (!parts.open(header, Part.PAGE_LIST, number, bytes.flip(), block.pageListChecksum())) {
            throw new IllegalStateException("A scratch file has other bytes than were written to it");
        }
        return PageList.parse(bytes, block);
    }

    @Override
    public void close() {
        try (blocks;
                pageLists) {
            object.close();
        }
    }
}
