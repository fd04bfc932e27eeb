package dev.afterimage.repository.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How the parts of a segment lie one after the other: each is a frame of zstd, behind a head that is a frame, too, of the kind that zstd skips. So
 * zstd unpacks them all, and whoever needs only some passes over the others.
 */
final class Parts {

    /** The two kinds of heads. */
    static final int PART = 0x184D2A50;

    static final int END = 0x184D2A51;

    /** The size and the checksum of the part. */
    static final int PART_SIZE = 20;

    /** A SHA-256 of all heads. */
    static final int END_SIZE = 32;

    static final int HEAD = 8;

    private Parts() {}

    /** The begin of a frame that zstd skips, and room for the rest of it. */
    static ByteBuffer head(int kind, int size) {
        return ByteBuffer.allocate(HEAD + size)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(kind)
                .putInt(size)
                .order(ByteOrder.BIG_ENDIAN);
    }
}
