package dev.afterimage.repository;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** A SHA-256 in the making. For one thread at a time. */
final class Sha256 {

    static final int HEX_LENGTH = 64;

    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    private final MessageDigest digest;
    private final byte[] result = new byte[32];

    Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    static String hexOf(byte[] bytes) {
        var sha256 = new Sha256();
        sha256.update(ByteBuffer.wrap(bytes));
        return sha256.hex();
    }

    /** Whether the text is a SHA-256 as it is written in manifests and names. */
    static boolean isHex(String text) {
        return HEX.matcher(text).matches();
    }

    /** Takes in what remains in the buffer, whose position stays where it is. */
    void update(ByteBuffer bytes) {
        digest.update(bytes.duplicate());
    }

    /** The digest of all that was taken in, in lower case; the next update begins a new one. */
    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** As {@link #hex}, its first half. */
    ShortDigest truncated() {
        try {
            digest.digest(result, 0, result.length);
        } catch (DigestException e) {
            throw new IllegalStateException("A SHA-256 has 32 bytes", e);
        }
        return ShortDigest.get(ByteBuffer.wrap(result));
    }

    ShortDigest truncated(ByteBuffer bytes) {
        update(bytes);
        return truncated();
    }
}
