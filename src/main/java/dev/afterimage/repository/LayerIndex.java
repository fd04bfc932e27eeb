package dev.afterimage.repository;

import dev.afterimage.storage.StoredObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a layer has what: its header, block table and footer, proven by the index digest that the manifest names.
 * Nothing is allocated by what the layer claims before that.
 */
final class LayerIndex {

    private static final int ENTRIES_AT_A_TIME = 1024;

    private final LayerHeader header;
    private final LayerFooter footer;
    private final List<BlockEntry> blocks;
    private final long[] pageListOffsets;

    private LayerIndex(LayerHeader header, LayerFooter footer, List<BlockEntry> blocks) {
        this.header = header;
        this.footer = footer;
        this.blocks = blocks;
        this.pageListOffsets = new long[blocks.size()];
    }

    /**
     * Reads and proves the index of the layer that the manifest names.
     *
     * @throws IllegalArgumentException if it is not what was written; the message says why
     */
    static LayerIndex read(StoredObject object, LayerRef layer) {
        require(object.size() == layer.bytes(), "%d bytes instead of %d", object.size(), layer.bytes());
        var headerBytes = read(object, 0, LayerHeader.SIZE);
        var footer = LayerFooter.parse(read(object, object.size() - LayerFooter.SIZE, LayerFooter.SIZE));
        requireSections(footer, object.size());
        requireDigest(object, headerBytes, footer, layer.indexDigest());
        var index = new LayerIndex(LayerHeader.parse(headerBytes), footer, readBlockTable(object, footer));
        index.requireBlocksInOrder(layer.pages());
        index.requirePageLists();
        return index;
    }

    private static void requireSections(LayerFooter footer, long size) {
        long tableBytes = (long) footer.blocks() * BlockEntry.SIZE;
        boolean adjoining = footer.blocks() > 0
                && footer.blockTableOffset() == size - LayerFooter.SIZE - tableBytes
                && footer.pageListsOffset() >= LayerHeader.SIZE
                && footer.pageListsOffset() <= footer.blockTableOffset();
        require(adjoining, "its footer is damaged");
    }

    private static void requireDigest(StoredObject object, ByteBuffer header, LayerFooter footer, String indexDigest) {
        var sha256 = new Sha256();
        sha256.update(header);
        for (int entry = 0; entry < footer.blocks(); entry += ENTRIES_AT_A_TIME) {
            sha256.update(readEntries(object, footer, entry));
        }
        sha256.update(footer.digested());
        String found = sha256.hex();
        require(found.equals(indexDigest), "its index has the digest %s, not %s", found, indexDigest);
        require(footer.indexDigest().equals(indexDigest), "its footer has the digest %s", footer.indexDigest());
    }

    private static List<BlockEntry> readBlockTable(StoredObject object, LayerFooter footer) {
        var blocks = new ArrayList<BlockEntry>(footer.blocks());
        for (int entry = 0; entry < footer.blocks(); entry += ENTRIES_AT_A_TIME) {
            var bytes = readEntries(object, footer, entry);
            for (int start = 0; start < bytes.limit(); start += BlockEntry.SIZE) {
                blocks.add(BlockEntry.get(bytes, start));
            }
        }
        return blocks;
    }

    private static ByteBuffer readEntries(StoredObject object, LayerFooter footer, int first) {
        int entries = Math.min(ENTRIES_AT_A_TIME, footer.blocks() - first);
        return read(object, footer.blockTableOffset() + (long) first * BlockEntry.SIZE, entries * BlockEntry.SIZE);
    }

    private static ByteBuffer read(StoredObject object, long position, int bytes) {
        var buffer = ByteBuffer.allocate(bytes);
        int read = object.read(position, buffer);
        require(read == bytes, "it ends at %d", position + read);
        return buffer.flip();
    }

    private void requireBlocksInOrder(long expectedPages) {
        long offset = LayerHeader.SIZE;
        long pages = 0;
        long lastPage = 0;
        for (var block : blocks) {
            boolean sound = block.offset() == offset
                    && block.storedBytes() > 0
                    && block.storedBytes() <= Block.MAX_STORED_BYTES
                    && block.pages() > 0
                    && block.pages() <= Block.pagesPerBlock(header.pageSize())
                    && block.firstPage() > lastPage
                    && block.lastPage() - block.firstPage() + 1 >= block.pages()
                    && block.lastPage() <= header.pageCount();
            require(sound, "its block table has a block that cannot be: %s", block);
            offset = block.end();
            pages += block.pages();
            lastPage = block.lastPage();
        }
        require(offset == footer.pageListsOffset(), "its blocks end at %d", offset);
        require(pages == expectedPages, "its blocks have %d pages of %d", pages, expectedPages);
    }

    private void requirePageLists() {
        long offset = footer.pageListsOffset();
        for (int i = 0; i < blocks.size(); i++) {
            var block = blocks.get(i);
            boolean sound = block.pageListBytes() > block.pages() * ShortDigest.SIZE
                    && block.pageListBytes() <= PageList.MAX_BYTES;
            require(sound, "its block table has a page list that cannot be: %s", block);
            pageListOffsets[i] = offset;
            offset += block.pageListBytes();
        }
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

    int blocks() {
        return blocks.size();
    }

    BlockEntry block(int number) {
        return blocks.get(number);
    }

    /** Offset of a block's page list in the layer, in bytes. */
    long pageListOffset(int block) {
        return pageListOffsets[block];
    }
}
