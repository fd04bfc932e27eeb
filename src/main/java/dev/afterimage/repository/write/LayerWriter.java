package dev.afterimage.repository.write;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.BlockEntry;
import dev.afterimage.repository.format.BlockTable;
import dev.afterimage.repository.format.LayerFooter;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.read.UnpublishedLayer;
import dev.afterimage.repository.seal.LayerParts;
import dev.afterimage.repository.seal.Part;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.NewObject;
import dev.afterimage.storage.Scratch;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/**
 * Writes a layer into an object that is not published yet: header, blocks in page order, index, footer. Page lists wait in
 * a scratch file until all blocks are written. For one thread at a time.
 */
final class LayerWriter implements AutoCloseable {

    private static final int COPY_BYTES = 1 << 16;

    private final LayerHeader header;
    private final NewObject object;
    private final Scratch pageLists;
    private final LayerParts parts;
    private final BlockTable blocks = new BlockTable();
    private long pages;
    private long pageListBytes;
    private boolean finished;

    private LayerWriter(LayerHeader header, NewObject object, Scratch pageLists, LayerParts parts) {
        this.parts = parts;
        this.header = header;
        this.object = object;
        this.pageLists = pageLists;
    }

    /** Begins a layer. The caller closes the writer, and what {@link #finish} returns. */
    static LayerWriter begin(LayerHeader header, Vault vault) {
        var parts = vault.codec().parts();
        var object = vault.storage().create();
        try {
            return begin(header, object, vault.storage().scratch(), parts);
        } catch (RuntimeException e) {
            try (object) {
                throw e;
            }
        }
    }

    private static LayerWriter begin(LayerHeader header, NewObject object, Scratch pageLists, LayerParts parts) {
        var layer = new LayerWriter(header, object, pageLists, parts);
        try {
            layer.write(header.toBytes());
            return layer;
        } catch (RuntimeException e) {
            try (layer) {
                throw e;
            }
        }
    }

    void append(BlockEncoder block) {
        var entry = block.entry(object.written());
        write(block.stored());
        pageLists.write(block.pageList());
        pageListBytes += entry.pageListBytes();
        pages += entry.pages();
        blocks.add(entry);
    }

    /** Writes what follows the blocks. The object is then the layer that is returned, and can be published. */
    UnpublishedLayer finish() {
        long pageListsOffset = object.written();
        copyPageLists();
        long blockTableOffset = object.written();
        var indexDigest = new Sha256();
        indexDigest.update(header.toBytes());
        writeBlockTable(indexDigest);
        var footer = new LayerFooter(pageListsOffset, blockTableOffset, blocks.blocks(), "");
        indexDigest.update(footer.digested());
        footer = footer.withIndexDigest(indexDigest.hex());
        write(footer.toBytes());
        var layer = new LayerRef(
                header.layerId(), object.written(), object.written() - pageListsOffset, footer.indexDigest(), pages);
        finished = true;
        return new UnpublishedLayer(header, layer, object, blocks, pageLists, parts);
    }

    private void copyPageLists() {
        try (var arena = Arena.ofShared()) {
            var buffer = arena.allocate(COPY_BYTES).asByteBuffer();
            for (long position = 0; position < pageListBytes; position += buffer.limit()) {
                pageLists.read(position, buffer.clear());
                write(buffer.flip());
            }
        }
    }

    private void writeBlockTable(Sha256 indexDigest) {
        var chunk = ByteBuffer.allocate(BlockTable.CHUNK * BlockEntry.SIZE + ShortDigest.SIZE);
        for (int first = 0, number = 0; first < blocks.blocks(); first += BlockTable.CHUNK, number++) {
            int end = Math.min(first + BlockTable.CHUNK, blocks.blocks());
            chunk.clear();
            for (int i = first; i < end; i++) {
                blocks.get(i).put(chunk);
            }
            var proof = parts.seal(
                    header, Part.BLOCK_TABLE, number, chunk.duplicate().flip());
            proof.put(chunk);
            indexDigest.update(chunk.flip());
            write(chunk);
        }
    }

    private void write(ByteBuffer bytes) {
        object.write(bytes.duplicate());
    }

    /** Removes what was written, unless it was finished: then it is the layer's. */
    @Override
    public void close() {
        if (!finished) {
            try (blocks;
                    pageLists) {
                object.close();
            }
        }
    }
}
