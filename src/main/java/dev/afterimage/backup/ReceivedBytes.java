package dev.afterimage.backup;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** What a client sends, counted and digested while it is read. */
final class ReceivedBytes {

    private final InputStream body;
    private final Sha256 sha256 = new Sha256();
    private long count;

    ReceivedBytes(InputStream body) {
        this.body = body;
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
                sha256.update(ByteBuffer.wrap(buffer, 0, length));
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
        return sha256.hex();
    }
}
