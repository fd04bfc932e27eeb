package dev.afterimage.repository.read;

import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.seal.LayerParts;
import dev.afterimage.repository.seal.Part;
import dev.afterimage.storage.StoredObject;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/** A layer that is read to its last byte, to see whether it is as it was written. */
public final class WholeLayer {

    /** In the operating system's cache, which others need more. */
    private static final int BLOCKS_KEPT = 64;

    private WholeLayer() {}

    /**
     * Reads and proves all of its parts.
     *
     * @param header of the layer that it should be
     * @param layer as a manifest names it
     * @param parts by which they are proven
     * @param progress told of bytes read so far; may throw to stop
     * @throws IllegalArgumentException if it is not what was written; the message says why
     * @throws dev.afterimage.storage.StorageException.Unreachable when bytes cannot be read
     */
    public static void require(
            StoredObject object, LayerHeader header, LayerRef layer, LayerParts parts, LongConsumer progress) {
        var begin = ByteBuffer.allocate(LayerHeader.SIZE);
        object.read(0, begin); // first of all: what cannot be read is not called damaged because of its size
        try (var arena =
                        Arena.ofShared(); // a direct buffer stays until a collection, and there are thousands of layers
                var index = LayerIndex.read(object, header, layer, parts)) {
            var part = arena.allocate(Math.min(Block.MAX_STORED_BYTES, layer.bytes()))
                    .asByteBuffer();
            requireHeader(begin.flip(), header);
            for (int i = 0; i < index.blocks().blocks(); i++) {
                var block = index.blocks().get(i);
                progress.accept(block.offset());
                var what = "block %d, at byte %d,".formatted(i, block.offset());
                object.read(block.offset(), part.clear().limit(block.storedBytes()));
                require(parts.open(header, Part.BLOCK, i, part.flip(), block.checksum()), what);
                object.read(index.pageListOffset(i), part.clear().limit(block.pageListBytes()));
                require(
                        parts.open(header, Part.PAGE_LIST, i, part.flip(), block.pageListChecksum()),
                        "the page list of block " + i);
                if ((i + 1) % BLOCKS_KEPT == 0) {
                    object.isRead();
                }
            }
        }
        object.isRead();
    }

    private static void requireHeader(ByteBuffer begin, LayerHeader header) {
        if (!begin.equals(header.toBytes())) {
            throw new IllegalArgumentException("its header is not what was written");
        }
    }

    private static void require(boolean asWritten, String what) {
        if (!asWritten) {
            throw new IllegalArgumentException(what + " is not what was written");
        }
    }
}
