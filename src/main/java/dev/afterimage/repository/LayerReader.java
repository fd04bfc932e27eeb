package dev.afterimage.repository;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.afterimage.storage.LocalStorage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.io.Closeable;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A full layer, open: gives out blocks and page lists, each proven before. For one thread at a time. */
final class LayerReader implements Closeable {

    private final Manifest manifest;
    private final LayerRef layer;
    private final StoredObject object;
    private final LayerIndex index;
    private final Sha256 sha256 = new Sha256();
    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
    private final Arena arena = Arena.ofShared();
    private final ByteBuffer stored = arena.allocate(Block.MAX_STORED_BYTES).asByteBuffer();

    private LayerReader(Manifest manifest, LayerRef layer, StoredObject object, LayerIndex index) {
        this.manifest = manifest;
        this.layer = layer;
        this.object = object;
        this.index = index;
    }

    /**
     * Opens a snapshot's only layer.
     *
     * @throws SnapshotDamagedException if its index is not the one that the manifest names
     * @throws StorageException.Missing if it is not there
     */
    static LayerReader open(LocalStorage storage, Manifest manifest) {
        var layer = manifest.layers().getFirst();
        var object = storage.open(ObjectKeys.layer(manifest.databaseId(), layer.id()));
        try {
            var index = LayerIndex.read(object, layer);
            requireFull(index.header(), manifest);
            return new LayerReader(manifest, layer, object, index);
        } catch (IllegalArgumentException e) {
            object.close();
            throw new SnapshotDamagedException(manifest.id(), layer.id(), String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    private static void requireFull(LayerHeader header, Manifest manifest) {
        var expected =
                new LayerHeader(manifest.databaseId(), manifest.pageSize(), manifest.pageCount(), manifest.pageCount());
        if (!header.equals(expected)) {
            throw new IllegalArgumentException("its header says %s, the manifest %s".formatted(header, expected));
        }
    }

    LayerIndex index() {
        return index;
    }

    /** Puts a block's pages into the buffer, from its start, and sets its limit behind them. */
    void readBlock(int number, ByteBuffer pages) {
        var block = index.block(number);
        stored.clear().limit(block.storedBytes());
        object.read(block.offset(), stored);
        if (!sha256.truncated(stored.flip()).equals(block.checksum())) {
            throw damaged("block %d, at byte %d, is not what was written".formatted(number, block.offset()), null);
        }
        int size = block.pages() * manifest.pageSize();
        int decompressed = decompress(number, block.storedBytes(), pages);
        if (decompressed != size) {
            throw damaged("block %d has %d bytes of pages instead of %d".formatted(number, decompressed, size), null);
        }
        pages.position(0).limit(size);
    }

    private int decompress(int number, int storedBytes, ByteBuffer pages) {
        try {
            return zstd.decompressDirectByteBuffer(pages, 0, pages.capacity(), stored, 0, storedBytes);
        } catch (ZstdException e) {
            throw damaged("block %d cannot be decompressed".formatted(number), e);
        }
    }

    PageList readPageList(int number) {
        var block = index.block(number);
        var bytes = ByteBuffer.allocate(block.pageListBytes());
        object.read(index.pageListOffset(number), bytes);
        if (!sha256.truncated(bytes.flip()).equals(block.pageListChecksum())) {
            throw damaged("the page list of block %d is not what was written".formatted(number), null);
        }
        try {
            return PageList.parse(bytes, block.pages());
        } catch (IllegalArgumentException e) {
            throw damaged("the page list of block %d: %s".formatted(number, e.getMessage()), e);
        }
    }

    SnapshotDamagedException damaged(String found, @Nullable Throwable cause) {
        return new SnapshotDamagedException(manifest.id(), layer.id(), found, cause);
    }

    @Override
    public void close() {
        zstd.close();
        arena.close();
        object.close();
    }
}
