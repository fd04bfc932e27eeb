package dev.afterimage.repository.read;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.storage.StoredObject;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/** A layer that is read to its last byte, to see whether it is as it was written. */
public final class WholeLayer {

    private WholeLayer() {}

    /**
     * Reads and proves all of its parts.
     *
     * @param header of the layer that it should be
     * @param layer as a manifest names it
     * @param progress told of bytes read so far; may throw to stop
     * @throws IllegalArgumentException if it is not what was written; the message says why
     * @throws dev.afterimage.storage.StorageException.Unreachable when bytes cannot be read
     */
    public static void require(StoredObject object, LayerHeader header, LayerRef layer, LongConsumer progress) {
        var sha256 = new Sha256();
        var part = ByteBuffer.allocateDirect(Block.MAX_STORED_BYTES);
        var begin = ByteBuffer.allocate(LayerHeader.SIZE);
        object.read(0, begin); // first of all: what cannot be read is not called damaged because of its size
        try (var index = LayerIndex.read(object, header, layer)) {
            requireHeader(begin.flip(), header);
            for (int i = 0; i < index.blocks().blocks(); i++) {
                var block = index.blocks().get(i);
                progress.accept(block.offset());
                var what = "block %d, at byte %d,".formatted(i, block.offset());
                requireChecksum(object, block.offset(), block.storedBytes(), block.checksum(), what, part, sha256);
                requireChecksum(
                        object,
                        index.pageListOffset(i),
                        block.pageListBytes(),
                        block.pageListChecksum(),
                        "the page list of block " + i,
                        part,
                        sha256);
            }
        }
    }

    private static void requireHeader(ByteBuffer begin, LayerHeader header) {
        if (!begin.equals(header.toBytes())) {
            throw new IllegalArgumentException("its header is not what was written");
        }
    }

    private static void requireChecksum(
            StoredObject object,
            long offset,
            int bytes,
            ShortDigest checksum,
            String what,
            ByteBuffer part,
            Sha256 sha256) {
        object.read(offset, part.clear().limit(bytes));
        if (!sha256.truncated(part.flip()).equals(checksum)) {
            throw new IllegalArgumentException(what + " is not what was written");
        }
    }
}
