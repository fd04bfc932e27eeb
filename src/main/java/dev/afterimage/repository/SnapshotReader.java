package dev.afterimage.repository;

import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot's database file, byte for byte, read-only. Blocks are decompressed when they are needed; each byte was proven
 * against the manifest before it is given out, so a damaged snapshot throws {@link SnapshotDamagedException} instead.
 * Stays readable when the snapshot is deleted meanwhile. Holds one descriptor and about 4 MiB outside the heap until it is
 * closed. Safe for several threads, which wait for each other.
 */
public final class SnapshotReader implements SeekableByteChannel {

    private static final int CACHED_BLOCKS = 2;

    private final Manifest manifest;
    private final LayerReader layer;
    private final Arena arena = Arena.ofShared();
    private final CachedBlock[] cache = new CachedBlock[CACHED_BLOCKS];
    private @Nullable PageList pageList;
    private int listedBlock;
    private long position;
    private long blocksRead;
    private boolean open = true;

    SnapshotReader(Manifest manifest, LayerReader layer) {
        this.manifest = manifest;
        this.layer = layer;
        Arrays.setAll(cache, i -> new CachedBlock(arena.allocate(Block.BYTES).asByteBuffer()));
    }

    public int pageSize() {
        return manifest.pageSize();
    }

    public Manifest manifest() {
        return manifest;
    }

    /** Size of the database file in bytes: page size × page count. */
    @Override
    public long size() {
        return manifest.sizeBytes();
    }

    /**
     * Reads what of the target's room lies in one block; see {@link SeekableByteChannel#read}.
     *
     * @throws SnapshotDamagedException when what is stored is not what was written
     * @throws dev.afterimage.storage.StorageException.Unreachable when it cannot be read
     */
    @Override
    public synchronized int read(ByteBuffer target) throws ClosedChannelException {
        requireOpen();
        if (position >= size()) {
            return -1;
        }
        long page = position / pageSize() + 1;
        int number = layer.index().blockOf(page);
        var block = block(number);
        long start = (layer.index().block(number).firstPage() - 1) * pageSize();
        int from = Math.toIntExact(position - start);
        int bytes = Math.min(target.remaining(), block.limit() - from);
        target.put(block.slice(from, bytes));
        position += bytes;
        return bytes;
    }

    private ByteBuffer block(int number) {
        for (var cached : cache) {
            if (cached.number == number) {
                cached.usedAt = blocksRead;
                return cached.pages;
            }
        }
        var oldest = Arrays.stream(cache)
                .min((a, b) -> Long.compare(a.usedAt, b.usedAt))
                .orElseThrow();
        oldest.number = CachedBlock.NONE; // whatever happens next, its content is no longer that block
        layer.readBlock(number, oldest.pages.clear());
        oldest.number = number;
        oldest.usedAt = ++blocksRead;
        return oldest.pages;
    }

    /** Blocks read from the storage and decompressed so far. */
    synchronized long blocksRead() {
        return blocksRead;
    }

    /**
     * The digest that the layer's index has for a page; the page itself is not read.
     *
     * @param page its number, from 1
     * @throws SnapshotDamagedException when the index is not what was written
     */
    synchronized ShortDigest pageDigest(long page) throws ClosedChannelException {
        requireOpen();
        if (page < 1 || page > manifest.pageCount()) {
            throw new IndexOutOfBoundsException("Page %d of %d".formatted(page, manifest.pageCount()));
        }
        int number = layer.index().blockOf(page);
        int slot = (int) (page - layer.index().block(number).firstPage());
        if (pageList == null || number != listedBlock) {
            pageList = layer.readPageList(number);
            listedBlock = number;
        }
        return pageList.digest(slot);
    }

    /**
     * Writes the whole snapshot to {@code target}, each block after it was proven, and at the end proves the whole: page
     * digests, tree digest and, where known, the SHA-256 of the file. What was written is only good if this returns.
     *
     * @param progress told of pages proven; may throw to stop
     * @return SHA-256 of the database file, in hexadecimal
     * @throws SnapshotDamagedException when anything is not what was written
     * @throws IOException when the target cannot be written
     */
    public synchronized String copyTo(WritableByteChannel target, PageProgress progress) throws IOException {
        requireOpen();
        var proof = new Proof(manifest, layer);
        for (int number = 0; number < layer.index().blocks(); number++) {
            progress.pages(proof.pages(), manifest.pageCount());
            var block = block(number);
            proof.add(layer.readPageList(number), block);
            for (var rest = block.duplicate(); rest.hasRemaining(); ) {
                target.write(rest);
            }
        }
        var sha256 = proof.finish();
        progress.pages(proof.pages(), manifest.pageCount());
        return sha256;
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
            arena.close();
            layer.close();
        }
    }

    private static final class CachedBlock {
        private static final int NONE = -1;

        private final ByteBuffer pages;
        private int number = NONE;
        private long usedAt;

        CachedBlock(ByteBuffer pages) {
            this.pages = pages;
        }
    }
}
