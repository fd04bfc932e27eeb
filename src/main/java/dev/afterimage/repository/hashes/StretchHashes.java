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

    /** Hashes pages that were read, the first of which begins a stretch. */
    public void take(MemorySegment content, long firstPage, int pages) {
        this.pages = pages;
        this.known = pass.read(firstPage, pages, before);
        pass.hash(content, pages, now);
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
