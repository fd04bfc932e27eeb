package dev.afterimage.content;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** SQL on its way out, as the bytes of UTF-8. The stream below it stays open. */
final class SqlOutput {

    private static final int BUFFER_BYTES = 64 << 10;
    private static final int BYTES_AT_ONCE = 4 << 10;
    private static final byte[] HEX_DIGITS = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private final OutputStream out;
    private final byte[] digits = new byte[2 * BYTES_AT_ONCE];

    SqlOutput(OutputStream out) {
        this.out = new BufferedOutputStream(out, BUFFER_BYTES);
    }

    SqlOutput add(String sql) throws IOException {
        return add(sql.getBytes(StandardCharsets.UTF_8));
    }

    SqlOutput add(byte[] sql) throws IOException {
        out.write(sql);
        return this;
    }

    /** Two digits per byte. */
    SqlOutput addHex(byte[] bytes) throws IOException {
        for (int from = 0; from < bytes.length; from += BYTES_AT_ONCE) {
            int to = Math.min(bytes.length, from + BYTES_AT_ONCE);
            int length = 0;
            for (int i = from; i < to; i++) {
                digits[length++] = HEX_DIGITS[(bytes[i] >> 4) & 0xf];
                digits[length++] = HEX_DIGITS[bytes[i] & 0xf];
            }
            out.write(digits, 0, length);
        }
        return this;
    }

    void flush() throws IOException {
        out.flush();
    }
}
