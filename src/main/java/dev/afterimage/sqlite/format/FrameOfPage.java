package dev.afterimage.sqlite.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The newest frame of each page, in memory outside of the heap: 8 bytes for each of at least 4/3 as many pages, 64 MiB for the 5 million
 * frames of a WAL of 20 GiB. Several threads may read it while none puts. Closing it frees the memory.
 */
public final class FrameOfPage implements AutoCloseable {

    private static final int NO_PAGE = 0;
    private static final int SPREAD = 0x9E3779B9;
    private static final int FIRST_SLOTS = 1 << 10;

    private static final ValueLayout.OfInt NUMBER = ValueLayout.JAVA_INT;
    private static final long BYTES_PER_SLOT = 2 * NUMBER.byteSize();

    /** Slots of a page and its frame each; their number is a power of two. */
    private record Table(Arena arena, MemorySegment memory, int slots) {

        static Table of(int slots) {
            var arena = Arena.ofShared();
            return new Table(arena, arena.allocate(slots * BYTES_PER_SLOT, BYTES_PER_SLOT), slots);
        }

        /** Where the page is, or would be put; page numbers are unsigned. */
        long slotOf(int page) {
            int mask = slots - 1;
            int slot = (page * SPREAD) >>> Integer.numberOfLeadingZeros(mask);
            while (page(slot * BYTES_PER_SLOT) != NO_PAGE && page(slot * BYTES_PER_SLOT) != page) {
                slot = (slot + 1) & mask;
            }
            return slot * BYTES_PER_SLOT;
        }

        int page(long slot) {
            return memory.get(NUMBER, slot);
        }

        int frame(long slot) {
            return memory.get(NUMBER, slot + NUMBER.byteSize());
        }

        void put(long slot, int page, int frame) {
            memory.set(NUMBER, slot, page);
            memory.set(NUMBER, slot + NUMBER.byteSize(), frame);
        }
    }

    private Table table = Table.of(FIRST_SLOTS);
    private int size;

    /** The frame, from 1, or 0 if there is none. */
    public int get(long page) {
        return table.frame(table.slotOf((int) page));
    }

    public void put(long page, int frame) {
        long slot = table.slotOf((int) page);
        boolean isNew = table.page(slot) == NO_PAGE;
        table.put(slot, (int) page, frame);
        if (isNew && ++size > table.slots() / 4 * 3) {
            grow();
        }
    }

    private void grow() {
        var old = table;
        table = Table.of(Math.multiplyExact(2, old.slots()));
        try (var _ = old.arena()) {
            for (long slot = 0; slot < old.memory().byteSize(); slot += BYTES_PER_SLOT) {
                int page = old.page(slot);
                if (page != NO_PAGE) {
                    table.put(table.slotOf(page), page, old.frame(slot));
                }
            }
        }
    }

    @Override
    public void close() {
        table.arena().close();
    }
}
