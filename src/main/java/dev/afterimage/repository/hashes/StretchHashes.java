package dev.afterimage.repository.hashes;

import dev.afterimage.repository.format.Block;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The hashes of up to 1 MiB of pages as they were and as they are now. Reused for stretch after stretch, by one thread at a time. */
public final class StretchHashes {

    private final HashingPass pass;
    private final byte[] before;
    private final byte[] now;
    private int known;
    private int pages;

    StretchHashes(HashingPass pass, int pageSize) {
        this.pass = pass;
        int bytes = Block.pagesPerBlock(pageSize) * PageHash.SIZE;
        this.before = new byte[bytes];
        this.now = new byte[bytes];
    }

    /** Begins with what is known of pages, the first of which begins a stretch. */
    public void begin(long firstPage, int pages) {
        this.pages = pages;
        this.known = pass.read(firstPage, pages, before);
    }

    /** Whether there is a hash of a page by which it may go unread. */
    public boolean knows(int i) {
        return pass.trusts() && i < known;
    }

    /** Hashes a page that was read. */
    public void take(int i, MemorySegment content) {
        pass.hash(content, i, now);
    }

    /** Keeps the hash of a page that was not read. */
    public void keep(int i) {
        System.arraycopy(before, i * PageHash.SIZE, now, i * PageHash.SIZE, PageHash.SIZE);
    }

    /** Whether a page is the one that it was, so that its digest need not be looked at. */
    public boolean vouchFor(int i) {
        return pass.trusts() && isSame(i);
    }

    /** Whether a page has the hash that it had. */
    public boolean isSame(int i) {
        int from = i * PageHash.SIZE;
        int to = from + PageHash.SIZE;
        return i < known && Arrays.equals(before, from, to, now, from, to);
    }

    ByteBuffer now() {
        return ByteBuffer.wrap(now, 0, pages * PageHash.SIZE);
    }
}
