package dev.afterimage.repository.format;

import dev.afterimage.bytes.ShortDigest;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The block table of a layer as it is stored, outside the heap: 64 bytes per MiB of database. While entries are added, for one
 * thread at a time; then for several, until it is closed.
 */
public final class BlockTable implements AutoCloseable {

    /** Memory is taken for so many entries at a time. */
    public static final int CHUNK = 1024;

    /** As it is stored: after each chunk of entries comes what proves it. */
    public static long storedBytes(int blocks) {
        return (long) blocks * BlockEntry.SIZE + (long) Math.ceilDiv(blocks, CHUNK) * ShortDigest.SIZE;
    }

    private final Arena arena = Arena.ofShared();
    private final List<ByteBuffer> chunks = new ArrayList<>();
    private int blocks;

    public void add(BlockEntry entry) {
        if (blocks == chunks.size() * CHUNK) {
            chunks.add(newChunk(CHUNK));
        }
        entry.put(chunks.getLast());
        blocks++;
    }

    /** A chunk for the next entries, which the caller fills as they are stored; all chunks but the last are full ones. */
    public ByteBuffer add(int entries) {
        var chunk = newChunk(entries);
        chunks.add(chunk);
        blocks += entries;
        return chunk;
    }

    private ByteBuffer newChunk(int entries) {
        return arena.allocate((long) entries * BlockEntry.SIZE).asByteBuffer();
    }

    public int blocks() {
        return blocks;
    }

    /** @param number of the block, from 0 */
    public BlockEntry get(int number) {
        return BlockEntry.get(chunkOf(number), start(number));
    }

    /** The same as of the entry, which is not made for it: whoever looks for pages asks very often. */
    public long firstPage(int number) {
        return Integer.toUnsignedLong(chunkOf(number).getInt(start(number) + BlockEntry.FIRST_PAGE_OFFSET));
    }

    public long lastPage(int number) {
        return Integer.toUnsignedLong(chunkOf(number).getInt(start(number) + BlockEntry.LAST_PAGE_OFFSET));
    }

    public int pages(int number) {
        return chunkOf(number).getInt(start(number) + BlockEntry.PAGES_OFFSET);
    }

    public int pageListBytes(int number) {
        return chunkOf(number).getInt(start(number) + BlockEntry.PAGE_LIST_BYTES_OFFSET);
    }

    /** The entries from {@code number} × {@link #CHUNK} on. */
    public ByteBuffer chunk(int number) {
        return chunks.get(number);
    }

    private ByteBuffer chunkOf(int block) {
        return chunks.get(block / CHUNK);
    }

    private static int start(int number) {
        return number % CHUNK * BlockEntry.SIZE;
    }

    @Override
    public void close() {
        arena.close();
    }
}
