package dev.afterimage.repository.format;

import dev.afterimage.bytes.Sha256;
import java.nio.charset.StandardCharsets;

/** The last value of a file of JSON: SHA-256 of the file as it is with zeros in this place; see {@code docs/repository-format.md}, "Checksum". */
final class Checksum {

    /** What a file has before its checksum is known. */
    static final String NONE = "0".repeat(Sha256.HEX_LENGTH);

    private static final int BYTES_BEHIND = "\"\n}\n".length();

    private Checksum() {}

    /** Puts it in its place, and returns the file. */
    static byte[] fill(byte[] file) {
        put(file, Sha256.hexOf(file));
        return file;
    }

    /** @throws IllegalArgumentException if the file does not end with its checksum */
    static void require(byte[] file) {
        int start = start(file);
        if (start < 0) {
            throw new IllegalArgumentException("it does not end with a checksum");
        }
        var checksum = new String(file, start, Sha256.HEX_LENGTH, StandardCharsets.US_ASCII);
        byte[] digested = file.clone();
        put(digested, NONE);
        if (!Sha256.hexOf(digested).equals(checksum)) {
            throw new IllegalArgumentException("its checksum is not that of its content");
        }
    }

    private static void put(byte[] file, String checksum) {
        byte[] digits = checksum.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(digits, 0, file, start(file), digits.length);
    }

    /** It is the last value, so it has one place whatever the names and labels contain. */
    private static int start(byte[] file) {
        return file.length - BYTES_BEHIND - Sha256.HEX_LENGTH;
    }
}
