package dev.afterimage.bytes;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * The first 16 bytes of a SHA-256.
 *
 * @param high bytes 0 to 7, the first the most significant
 * @param low bytes 8 to 15
 */
public record ShortDigest(long high, long low) {

    public static final int SIZE = 16;

    public static ShortDigest get(ByteBuffer buffer) {
        return new ShortDigest(buffer.getLong(), buffer.getLong());
    }

    public static ShortDigest get(ByteBuffer buffer, int offset) {
        return new ShortDigest(buffer.getLong(offset), buffer.getLong(offset + 8));
    }

    public void put(ByteBuffer buffer) {
        buffer.putLong(high).putLong(low);
    }

    /** 32 hexadecimal digits in lower case. */
    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }
}
