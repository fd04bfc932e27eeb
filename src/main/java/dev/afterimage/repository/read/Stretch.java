package dev.afterimage.repository.read;

import dev.afterimage.bytes.ShortDigest;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Where the newest versions of some consecutive pages are: in which layer, block and slot, and their digests. Pages are
 * counted from 0, the first of the stretch. Reused for stretch after stretch.
 */
public final class Stretch {

    private static final int NONE = -1;

    private final int[] layers;
    private final int[] blocks;
    private final int[] slots;
    private final byte[] digests;
    private long firstPage;
    private int pages;

    /** @param capacity the most pages that it can have */
    public Stretch(int capacity) {
        this.layers = new int[capacity];
        this.blocks = new int[capacity];
        this.slots = new int[capacity];
        this.digests = new byte[capacity * ShortDigest.SIZE];
    }

    /** Begins with no version of any page. */
    void begin(long firstPage, int pages) {
        this.firstPage = firstPage;
        this.pages = pages;
        Arrays.fill(layers, 0, pages, NONE);
    }

    /** Becomes the stretch of no page. */
    void forget() {
        begin(0, 0);
    }

    /** Takes the version at the cursor for its page, in place of any other. */
    void put(int layer, LayerCursor at) {
        put(layer, at.block(), at.slot(), at.page());
        at.copyDigest(digests, (int) (at.page() - firstPage) * ShortDigest.SIZE);
    }

    /** The same, without a digest. */
    void put(int layer, int block, int slot, long page) {
        int i = (int) (page - firstPage);
        layers[i] = layer;
        blocks[i] = block;
        slots[i] = slot;
    }

    /** Forgets the version of a page. */
    void remove(long page) {
        layers[(int) (page - firstPage)] = NONE;
    }

    public long firstPage() {
        return firstPage;
    }

    public int pages() {
        return pages;
    }

    long lastPage() {
        return firstPage + pages - 1;
    }

    public boolean has(int i) {
        return layers[i] != NONE;
    }

    int layer(int i) {
        return layers[i];
    }

    int block(int i) {
        return blocks[i];
    }

    int slot(int i) {
        return slots[i];
    }

    /** All digests, 16 bytes each; those of pages that have no version mean nothing. */
    byte[] digests() {
        return digests;
    }

    /** Those of its pages, all of which must have a version. */
    ByteBuffer digestsOfPages() {
        return ByteBuffer.wrap(digests, 0, pages * ShortDigest.SIZE);
    }

    public boolean hasDigest(int i, byte[] others) {
        int from = i * ShortDigest.SIZE;
        int to = from + ShortDigest.SIZE;
        return Arrays.equals(digests, from, to, others, from, to);
    }

    /** Whether another stretch has versions of the same pages, of the same digests. */
    public boolean hasSamePages(Stretch other) {
        for (int i = 0; i < pages; i++) {
            if (has(i) != other.has(i) || has(i) && !hasDigest(i, other.digests)) {
                return false;
            }
        }
        return firstPage == other.firstPage && pages == other.pages;
    }

    /** Puts the digest of a page, of which there must be a version, to its place among those of others. */
    public void copyDigest(int i, byte[] others) {
        int at = i * ShortDigest.SIZE;
        System.arraycopy(digests, at, others, at, ShortDigest.SIZE);
    }

    /** Of the pages of its block, those from {@code i} on that follow each other there, too. */
    ByteBuffer part(int i, ByteBuffer block, int pageSize) {
        return block.slice(slots[i] * pageSize, together(i) * pageSize);
    }

    /** How many pages from {@code i} on follow each other in one block, too. */
    int together(int i) {
        int next = i + 1;
        while (next < pages
                && layers[next] == layers[i]
                && blocks[next] == blocks[i]
                && slots[next] - slots[i] == next - i) {
            next++;
        }
        return next - i;
    }
}
