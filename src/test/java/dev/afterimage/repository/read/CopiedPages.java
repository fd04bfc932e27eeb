package dev.afterimage.repository.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;

/** What was put to its place when a snapshot was copied, in memory. */
public final class CopiedPages implements PageTarget {

    private byte[] bytes = new byte[0];
    private final BitSet there = new BitSet();

    @Override
    public synchronized void write(ByteBuffer pages, long position) {
        int from = (int) position;
        int to = from + pages.remaining();
        assertThat(there.get(from, to).isEmpty()).as("nothing is written twice").isTrue();
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length, to));
        pages.get(bytes, from, to - from);
        there.set(from, to);
    }

    /** How many of them. */
    public synchronized int count() {
        return there.cardinality();
    }

    /** All that should be there. */
    public synchronized byte[] toByteArray() {
        assertThat(there.nextClearBit(0)).isEqualTo(bytes.length);
        return bytes;
    }

    /** Each byte is right, if it is there. */
    public synchronized void assertPartOf(byte[] expected) {
        assertThat(bytes.length).isLessThanOrEqualTo(expected.length);
        for (int from = there.nextSetBit(0); from >= 0; ) {
            int to = there.nextClearBit(from);
            assertThat(Arrays.mismatch(bytes, from, to, expected, from, to)).isEqualTo(-1);
            from = there.nextSetBit(to);
        }
    }
}
