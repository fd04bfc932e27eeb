package dev.afterimage.backup;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What a client sends, counted and digested while it is read. */
final class ReceivedBytes {

    private final InputStream body;
    private final MessageDigest digest;
    private long count;

    ReceivedBytes(InputStream body) {
        this.body = body;
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Reads on.
     *
     * @return how many bytes it put into the buffer; negative at the end
     * @throws ProblemException INVALID_REQUEST when the client is gone, or sends no more
     */
    int read(byte[] buffer) {
        try {
            int length = body.read(buffer);
            if (length > 0) {
                digest.update(buffer, 0, length);
                count += length;
            }
            return length;
        } catch (IOException e) {
            throw new ProblemException(
                    Problem.of(
                            ProblemCode.INVALID_REQUEST,
                            "The body broke off after %d bytes".formatted(count),
                            "Nothing of it was kept: send the file again, from its first byte."),
                    e);
        }
    }

    /** In bytes. */
    long count() {
        return count;
    }

    /** Of all that was read, hexadecimal; once. */
    String sha256() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
