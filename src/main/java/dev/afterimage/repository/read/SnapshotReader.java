package dev.afterimage.repository.read;

import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot's database file, byte for byte, read-only. Blocks are decompressed when they are needed; each byte was proven
 * against the manifest before it is given out, so a damaged snapshot throws {@link SnapshotDamagedException} instead.
 * Stays readable when the snapshot is deleted meanwhile. Holds a descriptor per layer, and outside the heap 1 MiB and the block
 * last read of each layer, until it is closed. Safe for several threads, which wait for each other.
 */
public final class SnapshotReader implements SeekableByteChannel {

    private final Manifest manifest;
    private final List<LayerReader> layers;
    private final SnapshotPages pages;
    private final LayersInUse.Use use;
    private final Set<String> manifestFrom;
    private final @Nullable CopyReads copyReads;
    private long position;
    private boolean open = true;

    /**
     * @param layers of the snapshot, in the manifest's order; closed with this
     * @param use of them, which keeps them from being deleted; ends with this
     * @param manifestFrom the copy that had to give the manifest, if one had to
     * @param copyReads hears at the end which copies had to help; null where none had to
     */
    public SnapshotReader(
            Manifest manifest,
            List<LayerReader> layers,
            LayersInUse.Use use,
            Set<String> manifestFrom,
            @Nullable CopyReads copyReads) {
        this.copyReads = copyReads;
        this.manifestFrom = Set.copyOf(manifestFrom);
        this.manifest = manifest;
        this.layers = layers;
        this.use = use;
        this.pages = new SnapshotPages(manifest, layers);
    }

    public int pageSize() {
        return manifest.pageSize();
    }

    public Manifest manifest() {
        return manifest;
    }

    /** The names of the copies of the repository from which some of it was read so far, for it could not be read where it lies. */
    public Set<String> copiesRead() {
        var read = new TreeSet<>(manifestFrom);
        layers.forEach(layer -> read.addAll(layer.copiesRead()));
        return read;
    }

    /** Size of the database file in bytes: page size × page count. */
    @Override
    public long size() {
        return manifest.sizeBytes();
    }

    /**
     * Reads until the target is full or the file ends; see {@link SeekableByteChannel#read}.
     *
     * @throws SnapshotDamagedException when what is stored is not what was written; what the target has got is right
     * @throws dev.afterimage.storage.StorageException.Unreachable when it cannot be read
     */
    @Override
    public synchronized int read(ByteBuffer target) throws ClosedChannelException {
        requireOpen();
        if (position >= size()) {
            return -1;
        }
        long start = position;
        while (target.hasRemaining() && position < size()) {
            var bytes = pages.pagesFrom(position / pageSize() + 1);
            int from = (int) (position % pageSize());
            int length = Math.min(target.remaining(), bytes.limit() - from);
            target.put(bytes.slice(from, length));
            position += length;
        }
        return Math.toIntExact(position - start);
    }

    /** Blocks read from the storage and decompressed so far. */
    synchronized long blocksRead() {
        return pages.blocks().blocksRead();
    }

    /**
     * The digest that the layer's index has for a page; the page itself is not read.
     *
     * @param page its number, from 1
     * @throws SnapshotDamagedException when the index is not what was written
     */
    public synchronized ShortDigest pageDigest(long page) throws ClosedChannelException {
        requireOpen();
        if (page < 1 || page > manifest.pageCount()) {
            throw new IndexOutOfBoundsException("Page %d of %d".formatted(page, manifest.pageCount()));
        }
        var stretch = pages.stretchOf(page);
        return ShortDigest.get(
                ByteBuffer.wrap(stretch.digests()), (int) (page - stretch.firstPage()) * ShortDigest.SIZE);
    }

    /**
     * Puts the whole snapshot to {@code target}, each block after it was proven. At the end the tree digest of the digests in the
     * indexes proves that all were there, and of each page the right version. What was written is only good if this
     * returns. Works on all cores, and meanwhile holds outside the heap a few MiB per core and another per layer. Not at this
     * channel's position.
     *
     * @param progress told of pages written, on the calling thread; may throw to stop
     * @throws SnapshotDamagedException when anything is not what was written
     * @throws dev.afterimage.storage.StorageException.Unreachable when the snapshot cannot be read
     * @throws IOException when the target cannot be written
     */
    public synchronized void copyTo(PageTarget target, PageProgress progress) throws IOException {
        requireOpen();
        try (var copy = new SnapshotCopy(manifest, layers)) {
            copy.run(target, progress);
        }
    }

    /**
     * The same, and proves what blocks do not: that what was decompressed is what the database had, by the digest of each page
     * and, where known, the SHA-256 of the file. A check wants that; it takes about as much processor time again.
     *
     * @return SHA-256 of the database file, in hexadecimal
     */
    public synchronized String proveTo(PageTarget target, PageProgress progress) throws IOException {
        requireOpen();
        try (var copy = new SnapshotCopy(manifest, layers)) {
            return copy.prove(target, progress);
        }
    }

    @Override
    public synchronized long position() throws ClosedChannelException {
        requireOpen();
        return position;
    }

    @Override
    public synchronized SeekableByteChannel position(long newPosition) throws ClosedChannelException {
        requireOpen();
        if (newPosition < 0) {
            throw new IllegalArgumentException("Position " + newPosition);
        }
        position = newPosition;
        return this;
    }

    private void requireOpen() throws ClosedChannelException {
        if (!open) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public int write(ByteBuffer source) {
        throw new NonWritableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public synchronized boolean isOpen() {
        return open;
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            if (copyReads != null) {
                copyReads.note(copiesRead());
            }
            try (use;
                    pages) {
                LayerPages.closeAll(layers);
            }
        }
    }
}
