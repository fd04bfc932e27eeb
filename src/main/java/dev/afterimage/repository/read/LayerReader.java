package dev.afterimage.repository.read;

import dev.afterimage.repository.format.BlockTable;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.PageList;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.format.SnapshotUnreadableException;
import dev.afterimage.repository.seal.Codec;
import dev.afterimage.repository.seal.LayerParts;
import dev.afterimage.repository.seal.PageDigest;
import dev.afterimage.repository.seal.Part;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.StorageException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A layer of a snapshot, open: gives out stored blocks and page lists, each proven before. Stays readable when it is
 * deleted meanwhile. For one thread at a time, unless a method says more.
 */
public final class LayerReader implements LayerPages {

    /** Each with at most a piece of {@link IndexCache} in memory. */
    private static final int OPENED_AT_ONCE = 8;

    private final UUID snapshotId;
    private final LayerRef layer;
    private final LayerObject object;
    private final LayerIndex index;
    private final Codec codec;
    private final LayerParts parts;

    private LayerReader(
            UUID snapshotId, LayerRef layer, LayerObject object, LayerIndex index, Codec codec, LayerParts parts) {
        this.snapshotId = snapshotId;
        this.codec = codec;
        this.parts = parts;
        this.layer = layer;
        this.object = object;
        this.index = index;
    }

    /**
     * Opens all layers of a snapshot, in the manifest's order; several at a time where each takes a round trip.
     *
     * @param indexes what this node has kept of them
     * @throws SnapshotDamagedException if an index is not the one that the manifest names, or a layer is not there
     * @throws SnapshotUnreadableException if an index cannot be read
     */
    public static List<LayerReader> openAll(Vault vault, IndexCache indexes, Manifest manifest) {
        return openAll(vault, _ -> indexes, manifest);
    }

    /** The same with what counts as kept for each of them. */
    public static List<LayerReader> openAll(Vault vault, Function<LayerRef, IndexCache> indexes, Manifest manifest) {
        boolean waits = !vault.storage().isNear() && manifest.layers().size() > 1;
        return waits ? openAtOnce(vault, indexes, manifest) : openInTurn(vault, indexes, manifest);
    }

    private static List<LayerReader> openInTurn(
            Vault vault, Function<LayerRef, IndexCache> indexes, Manifest manifest) {
        var readers = new ArrayList<LayerReader>();
        try {
            for (var layer : manifest.layers()) {
                readers.add(open(vault, indexes.apply(layer), manifest, layer));
            }
            return readers;
        } catch (RuntimeException | Error e) { // memory outside the heap may be used up
            LayerPages.closeAll(readers);
            throw e;
        }
    }

    private static List<LayerReader> openAtOnce(
            Vault vault, Function<LayerRef, IndexCache> indexes, Manifest manifest) {
        var readers = new ArrayList<Future<LayerReader>>();
        try (var workers = Workers.ofThreads(OPENED_AT_ONCE, "layer-opener-")) {
            for (var layer : manifest.layers()) {
                readers.add(workers.submit(() -> open(vault, indexes.apply(layer), manifest, layer)));
            }
            return readers.stream().map(Workers::await).toList();
        } catch (RuntimeException | Error e) { // by now no worker runs
            LayerPages.closeAll(readers.stream()
                    .filter(reader -> reader.state() == Future.State.SUCCESS)
                    .map(Future::resultNow)
                    .toList());
            throw e;
        }
    }

    /**
     * Opens one of them.
     *
     * @throws SnapshotDamagedException if its index is not the one that the manifest names, or it is not there
     * @throws SnapshotUnreadableException if its index cannot be read
     */
    public static LayerReader open(Vault vault, IndexCache indexes, Manifest manifest, LayerRef layer) {
        var codec = vault.codec();
        var object = openObject(vault, indexes, manifest, layer);
        try {
            var header = new LayerHeader(manifest.databaseId(), layer.id(), manifest.pageSize());
            var parts = codec.parts();
            var index = readIndex(object, header, layer, parts);
            return new LayerReader(manifest.id(), layer, object, index, codec, parts);
        } catch (IllegalArgumentException e) {
            object.close();
            throw new SnapshotDamagedException(manifest.id(), layer.id(), String.valueOf(e.getMessage()), e);
        } catch (StorageException.Missing e) {
            object.close();
            throw missing(manifest.id(), layer, e);
        } catch (StorageException.Unreachable e) {
            object.close();
            throw new SnapshotUnreadableException(manifest.id(), layer.id(), e);
        } catch (RuntimeException | Error e) {
            object.close();
            throw e;
        }
    }

    private static LayerObject openObject(Vault vault, IndexCache indexes, Manifest manifest, LayerRef layer) {
        try {
            var key = ObjectKeys.layer(manifest.databaseId(), layer.id());
            return new LayerObject(vault.storage().open(key, layer.bytes()), layer, indexes);
        } catch (StorageException.Missing e) {
            throw missing(manifest.id(), layer, e);
        } catch (StorageException.Unreachable e) {
            throw new SnapshotUnreadableException(manifest.id(), layer.id(), e);
        }
    }

    private static LayerIndex readIndex(LayerObject object, LayerHeader header, LayerRef layer, LayerParts parts) {
        try {
            return LayerIndex.read(object, header, layer, parts);
        } catch (IllegalArgumentException e) {
            if (!object.distrustKept()) {
                throw e;
            }
            return LayerIndex.read(object, header, layer, parts);
        }
    }

    private static SnapshotDamagedException missing(UUID snapshotId, LayerRef layer, StorageException.Missing cause) {
        return new SnapshotDamagedException(snapshotId, layer.id(), "it is missing", cause);
    }

    @Override
    public LayerRef layer() {
        return layer;
    }

    int pageSize() {
        return index.header().pageSize();
    }

    @Override
    public BlockTable blocks() {
        return index.blocks();
    }

    /** Who has the manifest knows the header, and need not read it. Who proves all that was stored does. */
    void requireHeader() {
        var stored = ByteBuffer.allocate(LayerHeader.SIZE);
        read(0, stored);
        if (!stored.equals(index.header().toBytes())) {
            throw damaged("its header is not what was written", null);
        }
    }

    /** For those who read blocks, each thread with its own. */
    public LayerParts newParts() {
        return codec.parts();
    }

    /** For those who prove pages, each thread with its own. */
    public PageDigest newPageDigest() {
        return codec.pageDigest(index.header().databaseId());
    }

    /**
     * Fills the buffer, from its start to its limit, with a block, proven and compressed. For several threads at a time.
     *
     * @param opening the caller's, see {@link #newParts}
     */
    public void readCompressed(int number, ByteBuffer target, LayerParts opening) {
        var block = index.blocks().get(number);
        read(block.offset(), target.clear().limit(block.storedBytes()));
        if (!opening.open(index.header(), Part.BLOCK, number, target, block.checksum())) {
            throw damaged("block %d, at byte %d, is not what was written".formatted(number, block.offset()), null);
        }
    }

    /** Fills the buffer, from its start to its limit, with a page list, proven. */
    public void readPageList(int number, ByteBuffer target) {
        if (!readListOnce(number, target) && !(object.distrustKept() && readListOnce(number, target))) {
            throw damaged("the page list of block %d is not what was written".formatted(number), null);
        }
    }

    private boolean readListOnce(int number, ByteBuffer target) {
        var block = index.blocks().get(number);
        read(index.pageListOffset(number), target.clear().limit(block.pageListBytes()));
        return parts.open(index.header(), Part.PAGE_LIST, number, target, block.pageListChecksum());
    }

    private void read(long position, ByteBuffer target) {
        try {
            object.read(position, target);
        } catch (StorageException.Missing e) {
            throw missing(snapshotId, layer, e);
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

    /** Tells that its blocks are not needed again soon. */
    void isRead() {
        object.isRead();
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
