package dev.afterimage.repository.seal;

import java.io.IOException;
import java.io.OutputStream;
import javax.crypto.SecretKey;

/** Seals what is written to it. For one thread at a time. */
final class SealingStream extends OutputStream {

    private final OutputStream target;
    private final byte[] salt = RepositoryKey.randomBytes(SealedObject.SALT_BYTES);
    private final SecretKey key;
    private final Gcm gcm = new Gcm();
    private final byte[] part = new byte[SealedObject.PART_BYTES + Gcm.TAG_BYTES];
    private int filled;
    private long number;
    private boolean closed;

    SealingStream(RepositoryKey key, String name, OutputStream target) {
        this.target = target;
        this.key = SealedObject.key(key, salt, name);
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        while (at < offset + length) {
            if (filled == SealedObject.PART_BYTES) { // more follows, so that it is not the last one
                writePart(SealedObject.PART);
            }
            int taken = Math.min(offset + length - at, SealedObject.PART_BYTES - filled);
            System.arraycopy(bytes, at, part, filled, taken);
            filled += taken;
            at += taken;
        }
    }

    private void writePart(int kind) throws IOException {
        if (number == 0) {
            target.write(SealedObject.MAGIC);
            target.write(salt);
        }
        gcm.seal(key, kind, number++, part, filled);
        target.write(part, 0, filled + Gcm.TAG_BYTES);
        filled = 0;
    }

    @Override
    public void close() throws IOException {
        try (target) {
            if (!closed) {
                closed = true;
                writePart(SealedObject.LAST_PART);
            }
        }
    }
}
