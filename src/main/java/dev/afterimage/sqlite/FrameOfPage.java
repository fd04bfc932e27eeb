package dev.afterimage.sqlite;

/** The newest frame of each page, in two arrays of ints: 8 bytes for each of at least twice as many pages. */
final class FrameOfPage {

    private static final int NO_PAGE = 0;
    private static final int SPREAD = 0x9E3779B9;

    private int[] pages = new int[1 << 10];
    private int[] frames = new int[1 << 10];
    private int size;

    /** The frame, from 1, or 0 if there is none. */
    int get(long page) {
        return frames[slot((int) page)];
    }

    void put(long page, int frame) {
        int slot = slot((int) page);
        if (pages[slot] == NO_PAGE) {
            pages[slot] = (int) page;
            size++;
        }
        frames[slot] = frame;
        if (size > pages.length / 2) {
            grow();
        }
    }

    /** Where the page is, or would be put; page numbers are unsigned. */
    private int slot(int page) {
        int mask = pages.length - 1;
        int slot = (page * SPREAD) >>> Integer.numberOfLeadingZeros(mask);
        while (pages[slot] != NO_PAGE && pages[slot] != page) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        int[] oldPages = pages;
        int[] oldFrames = frames;
        pages = new int[2 * oldPages.length];
        frames = new int[2 * oldPages.length];
        for (int old = 0; old < oldPages.length; old++) {
            if (oldPages[old] != NO_PAGE) {
                int slot = slot(oldPages[old]);
                pages[slot] = oldPages[old];
                frames[slot] = oldFrames[old];
            }
        }
    }
}
