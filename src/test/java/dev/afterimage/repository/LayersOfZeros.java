package dev.afterimage.repository;

import com.github.luben.zstd.Zstd;
import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.format.BlockEntry;
import dev.afterimage.repository.format.BlockTable;
import dev.afterimage.repository.format.LayerFooter;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.PageList;
import dev.afterimage.repository.seal.LayerParts;
import dev.afterimage.repository.seal.Part;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.NewObject;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Layers of as many pages as nobody has time to compress: a block of zeros is compressed once, and written again and again. Of 1 MiB of a
 * database some 400 bytes are stored.
 */
final class LayersOfZeros {

    static final int PAGE_SIZE = 65536;
    static final int PAGES_PER_BLOCK = Block.pagesPerBlock(PAGE_SIZE);

    private static final byte[] BLOCK = Zstd.compress(new byte[Block.BYTES], 1);

    private final Vault vault;
    private final LayerHeader header;
    private final LayerParts parts;
    private final byte[] digest = new byte[ShortDigest.SIZE];
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);

    private LayersOfZeros(Vault vault, UUID databaseId) {
        this.vault = vault;
        this.header = new LayerHeader(databaseId, UUID.randomUUID(), PAGE_SIZE);
        this.parts = vault.codec().parts();
        vault.codec().pageDigest(databaseId).digest(ByteBuffer.wrap(new byte[PAGE_SIZE]), 0, PAGE_SIZE, digest, 0);
    }

    /** Puts a full layer of a database to the storage. */
    static LayerRef put(Vault vault, UUID databaseId, int blocks) {
        return new LayersOfZeros(vault, databaseId).put(blocks);
    }

    /**
     * What the manifest of a database of zeros has.
     *
     * @param changed its first pages, which are others
     */
    static String treeDigest(Vault vault, UUID databaseId, PageArrays changed, int blocks) {
        var zeros = new LayersOfZeros(vault, databaseId);
        var pageDigest = vault.codec().pageDigest(databaseId);
        var page = ByteBuffer.allocate(PAGE_SIZE);
        var digest = new byte[ShortDigest.SIZE];
        var treeDigest = new Sha256();
        for (long number = 1; number <= (long) blocks * PAGES_PER_BLOCK; number++) {
            if (number <= changed.pageCount()) {
                changed.read(number, page.clear());
                pageDigest.digest(page, 0, PAGE_SIZE, digest, 0);
                treeDigest.update(ByteBuffer.wrap(digest));
            } else {
                treeDigest.update(ByteBuffer.wrap(zeros.digest));
            }
        }
        return treeDigest.hex();
    }

    private LayerRef put(int blocks) {
        try (var object = vault.storage().create();
                var table = new BlockTable()) {
            append(object, header.toBytes());
            putBlocks(object, table, blocks);
            long pageListsOffset = written(object);
            for (int i = 0; i < blocks; i++) {
                var list = pageList(i);
                parts.seal(header, Part.PAGE_LIST, i, list);
                append(object, list);
            }
            var footer = putBlockTable(object, table, pageListsOffset);
            var layer = new LayerRef(
                    header.layerId(),
                    object.written(),
                    object.written() - pageListsOffset,
                    footer.indexDigest(),
                    (long) blocks * PAGES_PER_BLOCK);
            object.put(ObjectKeys.layer(header.databaseId(), header.layerId()));
            return layer;
        }
    }

    private void putBlocks(NewObject object, BlockTable table, int blocks) {
        for (int i = 0; i < blocks; i++) {
            var list = pageList(i);
            var stored = ByteBuffer.wrap(BLOCK.clone());
            var entry = new BlockEntry(
                    blockOffset(i),
                    BLOCK.length,
                    PAGES_PER_BLOCK,
                    firstPage(i),
                    firstPage(i) + PAGES_PER_BLOCK - 1,
                    list.remaining(),
                    parts.seal(header, Part.BLOCK, i, stored),
                    parts.seal(header, Part.PAGE_LIST, i, list));
            append(object, stored);
            table.add(entry);
        }
    }

    /** Where a block is in the layer. */
    static long blockOffset(int block) {
        return LayerHeader.SIZE + (long) block * BLOCK.length;
    }

    private static long firstPage(int block) {
        return (long) block * PAGES_PER_BLOCK + 1;
    }

    private ByteBuffer pageList(int block) {
        var list = ByteBuffer.allocate(PAGES_PER_BLOCK * (PageList.MAX_NUMBER_BYTES + ShortDigest.SIZE));
        PageList.putNumber(list, firstPage(block));
        for (int i = 1; i < PAGES_PER_BLOCK; i++) {
            PageList.putNumber(list, 1);
        }
        for (int i = 0; i < PAGES_PER_BLOCK; i++) {
            list.put(digest);
        }
        return list.flip();
    }

    private LayerFooter putBlockTable(NewObject object, BlockTable table, long pageListsOffset) {
        var indexDigest = new Sha256();
        indexDigest.update(header.toBytes());
        long blockTableOffset = written(object);
        for (int first = 0; first < table.blocks(); first += BlockTable.CHUNK) {
            int end = Math.min(first + BlockTable.CHUNK, table.blocks());
            var chunk = ByteBuffer.allocate((end - first) * BlockEntry.SIZE + ShortDigest.SIZE);
            for (int i = first; i < end; i++) {
                table.get(i).put(chunk);
            }
            parts.seal(
                            header,
                            Part.BLOCK_TABLE,
                            first / BlockTable.CHUNK,
                            chunk.duplicate().flip())
                    .put(chunk);
            indexDigest.update(chunk.flip());
            append(object, chunk);
        }
        var footer = new LayerFooter(pageListsOffset, blockTableOffset, table.blocks(), "");
        indexDigest.update(footer.digested());
        footer = footer.withIndexDigest(indexDigest.hex());
        append(object, footer.toBytes());
        flush(object);
        return footer;
    }

    private void append(NewObject object, ByteBuffer bytes) {
        if (buffer.remaining() < bytes.remaining()) {
            flush(object);
        }
        if (buffer.remaining() < bytes.remaining()) {
            object.write(bytes);
        } else {
            buffer.put(bytes);
        }
    }

    private void flush(NewObject object) {
        object.write(buffer.flip());
        buffer.clear();
    }

    private long written(NewObject object) {
        return object.written() + buffer.position();
    }
}
