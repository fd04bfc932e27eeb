package dev.afterimage.repository.read;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.repository.format.BlockTable;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.PageList;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.format.SnapshotUnreadableException;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A layer of a snapshot, open: gives out stored blocks and page lists, each proven before. Stays readable when it is
 * deleted meanwhile. For one thread at a time, unless a method says more.
 */
public final class LayerReader implements LayerPages {

    private final UUID snapshotId;
    private final LayerRef layer;
    private final StoredObject object;
    private final LayerIndex index;
    private final Sha256 sha256 = new Sha256();

    private LayerReader(UUID snapshotId, LayerRef layer, StoredObject object, LayerIndex index) {
        this.snapshotId = snapshotId;
        this.layer = layer;
        this.object = object;
        this.index = index;
    }

    /**
     * Opens all layers of a snapshot, in the manifest's order.
     *
     * @throws SnapshotDamagedException if an index is not the one that the manifest names, or a layer is not there
     * @throws SnapshotUnreadableException if an index cannot be read
     */
    public static List<LayerReader> openAll(Storage storage, Manifest manifest) {
        var readers = new ArrayList<LayerReader>();
        try {
            for (var layer : manifest.layers()) {
                readers.add(open(storage, manifest, layer));
            }
            return readers;
        } catch (RuntimeException | Error e) { // memory outside the heap may be used up
            LayerPages.closeAll(readers);
            throw e;
        }
    }

    /**
     * Opens one of them.
     *
     * @throws SnapshotDamagedException if its index is not the one that the manifest names, or it is not there
     * @throws SnapshotUnreadableException if its index cannot be read
     */
    public static LayerReader open(Storage storage, Manifest manifest, LayerRef layer) {
        StoredObject object;
        try {
            object = storage.open(ObjectKeys.layer(manifest.databaseId(), layer.id()));
        } catch (StorageException.Missing e) {
            throw new SnapshotDamagedException(manifest.id(), layer.id(), "it is missing", e);
        } catch (StorageException.Unreachable e) {
            throw new SnapshotUnreadableException(manifest.id(), layer.id(), e);
        }
        try {
            var header = new LayerHeader(manifest.databaseId(), layer.id(), manifest.pageSize());
            var index = LayerIndex.read(object, header, layer);
            return new LayerReader(manifest.id(), layer, object, index);
        } catch (IllegalArgumentException e) {
            object.close();
            throw new SnapshotDamagedException(manifest.id(), layer.id(), String.valueOf(e.getMessage()), e);
        } catch (StorageException.Unreachable e) {
            object.close();
            throw new SnapshotUnreadableException(manifest.id(), layer.id(), e);
        } catch (RuntimeException | Error e) {
            object.close();
            throw e;
        }
    }

    @Override
    public LayerRef layer() {
        return layer;
    }

    int pageSize() {
        return index.pageSize();
    }

    @Override
    public BlockTable blocks() {
        return index.blocks();
    }

    /** Fills the buffer, from its start to its limit, with a block as it is stored. */
    public void readStored(int number, ByteBuffer target) {
        readStored(number, target, sha256);
    }

    /** The same for several threads at a time, each of which has a buffer and a digest of its own. */
    public void readStored(int number, ByteBuffer target, Sha256 digest) {
        var block = index.blocks().get(number);
        read(block.offset(), target.clear().limit(block.storedBytes()));
        if (!digest.truncated(target).equals(block.checksum())) {
            throw damaged("block %d, at byte %d, is not what was written".formatted(number, block.offset()), null);
        }
    }

    /** Fills the buffer, from its start to its limit, with a page list as it is stored. */
    public void readPageList(int number, ByteBuffer target) {
        var block = index.blocks().get(number);
        read(index.pageListOffset(number), target.clear().limit(block.pageListBytes()));
        if (!sha256.truncated(target).equals(block.pageListChecksum())) {
            throw damaged("the page list of block %d is not what was written".formatted(number), null);
        }
    }

    private void read(long position, ByteBuffer target) {
        try {
            object.read(position, target);
        } catch (StorageException.Unreachable e) {
            throw new SnapshotUnreadableException(snapshotId, layer.id(), e);
        }
        target.flip();
    }

    @Override
    public PageList pageList(int number) {
        var block = index.blocks().get(number);
        var bytes = ByteBuffer.allocate(block.pageListBytes());
        readPageList(number, bytes);
        try {
            return PageList.parse(bytes, block);
        } catch (IllegalArgumentException e) {
            throw damaged("the page list of block %d: %s".formatted(number, e.getMessage()), e);
        }
    }

    public SnapshotDamagedException damaged(String found, @Nullable Throwable cause) {
        return new SnapshotDamagedException(snapshotId, layer.id(), found, cause);
    }

    @Override
    public void close() {
        try (object) {
            index.close();
        }
    }
}
