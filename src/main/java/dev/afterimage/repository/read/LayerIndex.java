package dev.afterimage.repository.read;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.format.BlockTable;
import dev.afterimage.repository.format.LayerFooter;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.PageList;
import dev.afterimage.repository.seal.LayerParts;
import dev.afterimage.repository.seal.Part;
import dev.afterimage.storage.StoredObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a layer has what: its header, block table and footer, proven by the index digest that the manifest names.
 * What is allocated before that is no more than the layer has, and no more than the manifest says. The table,
 * 64 bytes per MiB of database, is outside of the heap.
 */
final class LayerIndex implements AutoCloseable {

    private final LayerHeader header;
    private final LayerFooter footer;
    private final BlockTable blocks;
    private final PageListOffsets pageListOffsets;

    /** @param header as it must be */
    private LayerIndex(LayerHeader header, LayerFooter footer, BlockTable blocks) {
        this.header = header;
        this.footer = footer;
        this.blocks = blocks;
        this.pageListOffsets = new PageListOffsets(blocks);
    }

    /**
     * Reads and proves the index of the layer that the manifest names. The caller closes it. The header is not read: with another one the
     * index digest would be another.
     *
     * @param header of the layer that it should be
     * @throws IllegalArgumentException if it is not what was written; the message says why
     */
    static LayerIndex read(StoredObject object, LayerHeader header, LayerRef layer, LayerParts parts) {
        require(object.size() == layer.bytes(), "%d bytes instead of %d", object.size(), layer.bytes());
        var footer = LayerFooter.parse(read(object, object.size() - LayerFooter.SIZE, LayerFooter.SIZE));
        requireSections(footer, layer);
        require(footer.blocks() <= layer.pages(), "%d blocks for %d pages", footer.blocks(), layer.pages());
        var blocks = new BlockTable();
        try {
            var proofs = new ArrayList<ShortDigest>();
            requireDigest(readBlockTable(object, footer, blocks, proofs, header), footer, layer.indexDigest());
            open(blocks, proofs, header, parts);
            var index = new LayerIndex(header, footer, blocks);
            index.requireBlocksInOrder(layer.pages());
            index.requirePageLists();
            return index;
        } catch (Throwable e) {
            blocks.close();
            throw e;
        }
    }

    private static void requireSections(LayerFooter footer, LayerRef layer) {
        boolean adjoining = footer.blocks() > 0
                && footer.blockTableOffset()
                        == layer.bytes() - LayerFooter.SIZE - BlockTable.storedBytes(footer.blocks())
                && footer.pageListsOffset() == layer.bytes() - layer.indexBytes()
                && footer.pageListsOffset() <= footer.blockTableOffset();
        require(adjoining, "its footer is damaged");
    }

    /** Returns the digest of what was read: it is proven as it is then used, and not read again. */
    private static String readBlockTable(
            StoredObject object, LayerFooter footer, BlockTable blocks, List<ShortDigest> proofs, LayerHeader header) {
        var sha256 = new Sha256();
        sha256.update(header.toBytes());
        long position = footer.blockTableOffset();
        for (int first = 0; first < footer.blocks(); first += BlockTable.CHUNK) {
            var entries = blocks.add(Math.min(BlockTable.CHUNK, footer.blocks() - first));
            fill(entries, object, position);
            var proof = read(object, position + entries.limit(), ShortDigest.SIZE);
            sha256.update(entries);
            sha256.update(proof);
            proofs.add(ShortDigest.get(proof, 0));
            position += entries.limit() + ShortDigest.SIZE;
        }
        sha256.update(footer.digested());
        return sha256.hex();
    }

    private static void open(BlockTable blocks, List<ShortDigest> proofs, LayerHeader header, LayerParts parts) {
        for (int i = 0; i < proofs.size(); i++) {
            boolean opened = parts.open(header, Part.BLOCK_TABLE, i, blocks.chunk(i), proofs.get(i));
            require(opened, "part %d of its block table is not what was written", i);
        }
    }

    private static void requireDigest(String found, LayerFooter footer, String indexDigest) {
        require(found.equals(indexDigest), "its index has the digest %s, not %s", found, indexDigest);
        require(footer.indexDigest().equals(indexDigest), "its footer has the digest %s", footer.indexDigest());
    }

    private static ByteBuffer read(StoredObject object, long position, int bytes) {
        var buffer = ByteBuffer.allocate(bytes);
        fill(buffer, object, position);
        return buffer;
    }

    private static void fill(ByteBuffer buffer, StoredObject object, long position) {
        int read = object.read(position, buffer);
        require(!buffer.hasRemaining(), "it ends at %d", position + read);
        buffer.flip();
    }

    private void requireBlocksInOrder(long expectedPages) {
        long offset = LayerHeader.SIZE;
        long pages = 0;
        long lastPage = 0;
        for (int i = 0; i < blocks.blocks(); i++) {
            var block = blocks.get(i);
            boolean sound = block.offset() == offset
                    && block.storedBytes() > 0
                    && block.storedBytes() <= Block.MAX_STORED_BYTES
                    && block.pages() > 0
                    && block.pages() <= Block.pagesPerBlock(header.pageSize())
                    && block.firstPage() > lastPage
                    && block.lastPage() - block.firstPage() + 1 >= block.pages();
            require(sound, "its block table has a block that cannot be: %s", block);
            offset = block.end();
            pages += block.pages();
            lastPage = block.lastPage();
        }
        require(offset == footer.pageListsOffset(), "its blocks end at %d", offset);
        require(pages == expectedPages, "its blocks have %d pages of %d", pages, expectedPages);
    }

    private void requirePageLists() {
        for (int i = 0; i < blocks.blocks(); i++) {
            var block = blocks.get(i);
            boolean sound = block.pageListBytes() > block.pages() * ShortDigest.SIZE
                    && block.pageListBytes() <= PageList.MAX_BYTES;
            require(sound, "its block table has a page list that cannot be: %s", block);
        }
        long offset = footer.pageListsOffset() + pageListOffsets.end();
        require(offset == footer.blockTableOffset(), "its page lists end at %d", offset);
    }

    private static void require(boolean condition, String otherwise, Object... values) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise.formatted(values));
        }
    }

    LayerHeader header() {
        return header;
    }

    BlockTable blocks() {
        return blocks;
    }

    /** Offset of a block's page list in the layer, in bytes. */
    long pageListOffset(int block) {
        return footer.pageListsOffset() + pageListOffsets.of(block);
    }

    @Override
    public void close() {
        blocks.close();
    }
}
