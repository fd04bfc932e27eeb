package dev.afterimage.repository.seal;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.LayerHeader;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.UUID;

/** All is stored as it is. Digests guard against damage and mix-ups, not against somebody who makes them anew. */
public final class Plain implements Codec {

    @Override
    public LayerParts parts() {
        return new Parts();
    }

    @Override
    public PageDigest pageDigest(UUID databaseId) {
        return new Sha256()::truncated;
    }

    @Override
    public OutputStream seal(String name, OutputStream target) {
        return target;
    }

    @Override
    public InputStream open(String name, InputStream stored) {
        return stored;
    }

    @Override
    public long storedBytes(long bytes) {
        return bytes;
    }

    private static final class Parts implements LayerParts {

        private final Sha256 sha256 = new Sha256();

        @Override
        public ShortDigest seal(LayerHeader layer, Part part, int number, ByteBuffer bytes) {
            return sha256.truncated(bytes);
        }

        @Override
        public boolean open(LayerHeader layer, Part part, int number, ByteBuffer bytes, ShortDigest proof) {
            return sha256.truncated(bytes).equals(proof);
        }
    }
}
