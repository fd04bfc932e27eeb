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
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Predicate;
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
    private final LayerSources sources;
    private final ArchivedLayers archived;
    private final LayerIndex index;
    private final Codec codec;
    private final LayerParts parts;
    private final boolean isNear;

    private LayerReader(
            UUID snapshotId,
            LayerRef layer,
            LayerSources sources,
            ArchivedLayers archived,
            LayerIndex index,
            Codec codec,
            LayerParts parts,
            boolean isNear) {
        this.isNear = isNear;
        this.snapshotId = snapshotId;
        this.codec = codec;
        this.parts = parts;
        this.layer = layer;
        this.sources = sources;
        this.archived = archived;
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
        return openAll(vault, indexes, manifest, _ -> false);
    }

    /**
     * The same, some of which are to be read back from their first byte to their last, whatever is kept of them.
     *
     * @param isReadBack which
     */
    public static List<LayerReader> openAll(
            Vault vault, IndexCache indexes, Manifest manifest, Predicate<LayerRef> isReadBack) {
        var archived = ArchivedLayers.of(vault.storage(), manifest);
        return openAll(
                vault,
                manifest,
                layer -> isReadBack.test(layer)
                        ? openToReadBack(vault, manifest, layer)
                        : open(vault, List.of(), indexes, manifest, layer, archived));
    }

    /** The same, read from copies of the repository where it cannot be read itself, or is damaged. */
    public static List<LayerReader> openAllAnywhere(Vault vault, IndexCache indexes, Manifest manifest) {
        var archived = ArchivedLayers.of(vault.storage(), manifest);
        return openAll(vault, manifest, layer -> open(vault, vault.copies(), indexes, manifest, layer, archived));
    }

    private static List<LayerReader> openAll(Vault vault, Manifest manifest, Function<LayerRef, LayerReader> open) {
        boolean waits = !vault.storage().isNear() && manifest.layers().size() > 1;
        return waits ? openAtOnce(manifest, open) : openInTurn(manifest, open);
    }

    private static List<LayerReader> openInTurn(Manifest manifest, Function<LayerRef, LayerReader> open) {
        var readers = new ArrayList<LayerReader>();
        try {
            for (var layer : manifest.layers()) {
                readers.add(open.apply(layer));
            }
            return readers;
        } catch (RuntimeException | Error e) { // memory outside the heap may be used up
            LayerPages.closeAll(readers);
            throw e;
        }
    }

    private static List<LayerReader> openAtOnce(Manifest manifest, Function<LayerRef, LayerReader> open) {
        var readers = new ArrayList<Future<LayerReader>>();
        try (var workers = Workers.ofThreads(OPENED_AT_ONCE, "layer-opener-")) {
            for (var layer : manifest.layers()) {
                readers.add(workers.submit(() -> open.apply(layer)));
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
        return open(vault, List.of(), indexes, manifest, layer, ArchivedLayers.ofNoOther(vault.storage(), manifest));
    }

    /** The same of one that is to be read from its first byte to its last, whatever is kept of it. */
    public static LayerReader openToReadBack(Vault vault, Manifest manifest, LayerRef layer) {
        var key = ObjectKeys.layer(manifest.databaseId(), layer.id());
        return open(
                vault,
                LayerSources.readBack(vault, key, layer),
                manifest,
                layer,
                ArchivedLayers.ofNoOther(vault.storage(), manifest));
    }

    private static LayerReader open(
            Vault vault,
            List<Vault.Copy> copies,
            IndexCache indexes,
            Manifest manifest,
            LayerRef layer,
            ArchivedLayers archived) {
        var key = ObjectKeys.layer(manifest.databaseId(), layer.id());
        return open(vault, LayerSources.of(vault, copies, key, layer, indexes), manifest, layer, archived);
    }

    private static LayerReader open(
            Vault vault, LayerSources sources, Manifest manifest, LayerRef layer, ArchivedLayers archived) {
        var codec = vault.codec();
        var header = new LayerHeader(manifest.databaseId(), layer.id(), manifest.pageSize());
        var parts = codec.parts();
        var reading = new IndexReading(header, layer, parts);
        try {
            sources.read(reading);
            return new LayerReader(
                    manifest.id(),
                    layer,
                    sources,
                    archived,
                    reading.index(),
                    codec,
                    parts,
                    vault.storage().isNear());
        } catch (IllegalArgumentException e) {
            sources.close();
            throw new SnapshotDamagedException(manifest.id(), layer.id(), String.valueOf(e.getMessage()), e);
        } catch (StorageException.Missing e) {
            sources.close();
            throw missing(manifest.id(), layer, e);
        } catch (StorageException.Unreachable e) {
            sources.close();
            throw new SnapshotUnreadableException(manifest.id(), layer.id(), archived.all(e));
        } catch (RuntimeException | Error e) {
            sources.close();
            throw e;
        }
    }

    /** Reads the index, from the storage when what this node has kept of it is wrong. */
    private static final class IndexReading implements LayerSources.Attempt {

        private final LayerHeader header;
        private final LayerRef layer;
        private final LayerParts parts;
        private @Nullable LayerIndex index;
        private @Nullable IllegalArgumentException damage;

        IndexReading(LayerHeader header, LayerRef layer, LayerParts parts) {
            this.header = header;
            this.layer = layer;
            this.parts = parts;
        }

        @Override
        public boolean of(LayerObject object) {
            return readOnce(object) || (object.distrustKept() && readOnce(object));
        }

        private boolean readOnce(LayerObject object) {
            try {
                index = LayerIndex.read(object, header, layer, parts);
                return true;
            } catch (IllegalArgumentException e) {
                damage = damage == null ? e : damage;
                return false;
            }
        }

        /** @throws IllegalArgumentException if it is nowhere what was written; the message says why */
        LayerIndex index() {
            if (index == null) {
                throw Objects.requireNonNull(damage);
            }
            return index;
        }
    }

    private static SnapshotDamagedException missing(UUID snapshotId, LayerRef layer, StorageException.Missing cause) {
        return new SnapshotDamagedException(snapshotId, layer.id(), "it is missing", cause);
    }

    @Override
    public LayerRef layer() {
        return layer;
    }

    /** Whether reading it costs no round trip. */
    boolean isNear() {
        return isNear;
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
        if (!read(0, stored, bytes -> bytes.equals(index.header().toBytes()))) {
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
        target.clear().limit(block.storedBytes());
        if (!read(
                block.offset(),
                target,
                bytes -> opening.open(index.header(), Part.BLOCK, number, bytes, block.checksum()))) {
            throw damaged("block %d, at byte %d, is not what was written".formatted(number, block.offset()), null);
        }
    }

    /** Fills the buffer, from its start to its limit, with a page list, proven. */
    public void readPageList(int number, ByteBuffer target) {
        var block = index.blocks().get(number);
        target.clear().limit(block.pageListBytes());
        if (!read(
                index.pageListOffset(number),
                target,
                bytes -> parts.open(index.header(), Part.PAGE_LIST, number, bytes, block.pageListChecksum()))) {
            throw damaged("the page list of block %d is not what was written".formatted(number), null);
        }
    }

    /** Whether it could be read so that it is proven, from wherever. */
    private boolean read(long position, ByteBuffer target, Predicate<ByteBuffer> isProven) {
        int limit = target.limit();
        try {
            return sources.read(object -> {
                boolean proven = readOnce(object, position, target, limit, isProven);
                return proven || (object.distrustKept(position) && readOnce(object, position, target, limit, isProven));
            });
        } catch (StorageException.Missing e) {
            throw missing(snapshotId, layer, e);
        } catch (StorageException.Unreachable e) {
            throw new SnapshotUnreadableException(snapshotId, layer.id(), archived.all(e));
        }
    }

    private static boolean readOnce(
            LayerObject object, long position, ByteBuffer target, int limit, Predicate<ByteBuffer> isProven) {
        object.read(position, target.clear().limit(limit));
        return isProven.test(target.flip());
    }

    /** The names of the copies that had to help. */
    Set<String> copiesRead() {
        return sources.copiesRead();
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
        sources.isRead();
    }

    public SnapshotDamagedException damaged(String found, @Nullable Throwable cause) {
        return new SnapshotDamagedException(snapshotId, layer.id(), found, cause);
    }

    @Override
    public void close() {
        try (sources) {
            index.close();
        }
    }
}
