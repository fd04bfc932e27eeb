package dev.afterimage.bytes;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** A SHA-256 in the making. For one thread at a time. */
public final class Sha256 {

    public static final int HEX_LENGTH = 64;

    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
    private static final int COPY_BYTES = 1 << 14;

    private final MessageDigest digest;
    private final byte[] copy = new byte[COPY_BYTES];
    private final byte[] result = new byte[32];

    public Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    public static String hexOf(byte[] bytes) {
        var sha256 = new Sha256();
        sha256.update(ByteBuffer.wrap(bytes));
        return sha256.hex();
    }

    /** Whether the text is a SHA-256 as it is written in manifests and names. */
    public static boolean isHex(String text) {
        return HEX.matcher(text).matches();
    }

    /** Takes in what remains in the buffer, whose position stays where it is. */
    public void update(ByteBuffer bytes) {
        if (bytes.hasArray()) {
            digest.update(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        } else {
            update(bytes, bytes.position(), bytes.remaining());
        }
    }

    /** Bytes outside the heap, which the platform digests faster from an array that stays in the processor's cache. */
    private void update(ByteBuffer bytes, int start, int length) {
        int end = start + length;
        for (int at = start; at < end; at += COPY_BYTES) {
            int part = Math.min(COPY_BYTES, end - at);
            bytes.get(at, copy, 0, part);
            digest.update(copy, 0, part);
        }
    }

    /** The digest of all that was taken in, in lower case; the next update begins a new one. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Puts the first half of the digest of some bytes of a buffer to a place in an array. */
    public void truncated(ByteBuffer bytes, int start, int length, byte[] target, int at) {
        update(bytes, start, length);
        finish();
        System.arraycopy(result, 0, target, at, ShortDigest.SIZE);
    }

    public ShortDigest truncated(ByteBuffer bytes) {
        update(bytes);
        finish();
        return ShortDigest.get(ByteBuffer.wrap(result));
    }

    private void finish() {
        try {
            digest.digest(result, 0, result.length);
        } catch (DigestException e) {
            throw new IllegalStateException("A SHA-256 has 32 bytes", e);
        }
    }
}
