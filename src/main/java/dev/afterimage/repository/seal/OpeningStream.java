package dev.afterimage.repository.seal;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/** Opens what {@link SealingStream} has sealed. For one thread at a time. */
final class OpeningStream extends InputStream {

    private static final int SEALED_PART_BYTES = SealedObject.PART_BYTES + Gcm.TAG_BYTES;

    private final RepositoryKey repositoryKey;
    private final String name;
    private final InputStream stored;
    private final Gcm gcm = new Gcm();

    private @Nullable SecretKey key;

    /** A sealed part and one byte more, which tells whether it is the last one. */
    private final byte[] ahead = new byte[SEALED_PART_BYTES + 1];

    private int aheadBytes;

    private final byte[] part = new byte[SEALED_PART_BYTES];
    private int position;
    private int limit;
    private long number;
    private boolean ended;

    OpeningStream(RepositoryKey key, String name, InputStream stored) {
        this.repositoryKey = key;
        this.name = name;
        this.stored = stored;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (position == limit && !openNext()) {
            return -1;
        }
        int read = Math.min(length, limit - position);
        System.arraycopy(part, position, bytes, offset, read);
        position += read;
        return read;
    }

    /** @return false when there is nothing more */
    private boolean openNext() throws IOException {
        if (ended) {
            return false;
        }
        var partKey = key == null ? readHeader() : key;
        aheadBytes += stored.readNBytes(ahead, aheadBytes, ahead.length - aheadBytes);
        ended = aheadBytes <= SEALED_PART_BYTES;
        int sealed = Math.min(aheadBytes, SEALED_PART_BYTES);
        System.arraycopy(ahead, 0, part, 0, sealed);
        aheadBytes -= sealed;
        ahead[0] = ahead[SEALED_PART_BYTES];
        int kind = ended ? SealedObject.LAST_PART : SealedObject.PART;
        if (sealed < Gcm.TAG_BYTES || !gcm.open(partKey, kind, number++, part, sealed)) {
            throw new BrokenSealException(
                    "its seal is broken: it is not what was written, or was written with another key");
        }
        position = 0;
        limit = sealed - Gcm.TAG_BYTES;
        return limit > 0;
    }

    private SecretKey readHeader() throws IOException {
        var magic = stored.readNBytes(SealedObject.MAGIC.length);
        var salt = stored.readNBytes(SealedObject.SALT_BYTES);
        if (!Arrays.equals(magic, SealedObject.MAGIC) || salt.length < SealedObject.SALT_BYTES) {
            throw new BrokenSealException("it is not sealed, but the repository is");
        }
        var derived = SealedObject.key(repositoryKey, salt, name);
        key = derived;
        return derived;
    }

    @Override
    public void close() throws IOException {
        stored.close();
    }
}
