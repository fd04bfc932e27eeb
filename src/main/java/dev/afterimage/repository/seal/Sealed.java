package dev.afterimage.repository.seal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.LayerHeader;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.ShortBufferException;
import org.jspecify.annotations.Nullable;

/** All is stored so that nobody without the key can read it, or make what the key opens. */
public final class Sealed implements Codec {

    private static final byte[] LAYER = "afterimage layer".getBytes(US_ASCII);
    private static final byte[] PAGE_DIGESTS = "afterimage page digests".getBytes(US_ASCII);
    private static final String MAC = "HmacSHA256";

    private final RepositoryKey key;

    Sealed(RepositoryKey key) {
        this.key = key;
    }

    RepositoryKey key() {
        return key;
    }

    @Override
    public LayerParts parts() {
        return new Parts();
    }

    @Override
    public PageDigest pageDigest(UUID databaseId) {
        var mac = mac(key.derive(bytes(databaseId), PAGE_DIGESTS, MAC));
        var copy = new byte[1 << 16];
        var result = new byte[mac.getMacLength()];
        return (pages, start, length, target, at) -> {
            pages.get(start, copy, 0, length);
            mac.update(copy, 0, length);
            finish(mac, result);
            System.arraycopy(result, 0, target, at, ShortDigest.SIZE);
        };
    }

    private static Mac mac(SecretKey key) {
        try {
            var mac = Mac.getInstance(MAC);
            mac.init(key);
            return mac;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("Every Java platform has " + MAC, e);
        }
    }

    private static void finish(Mac mac, byte[] result) {
        try {
            mac.doFinal(result, 0);
        } catch (ShortBufferException e) {
            throw new IllegalStateException("It is as long as the MAC", e);
        }
    }

    private static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    @Override
    public OutputStream seal(String name, OutputStream target) {
        return new SealingStream(key, name, target);
    }

    @Override
    public InputStream open(String name, InputStream stored) {
        return new OpeningStream(key, name, stored);
    }

    @Override
    public long storedBytes(long bytes) {
        return SealedObject.storedBytes(bytes);
    }

    /** The layer's id is the salt of its key, and its whole header is what the key is for. */
    private SecretKey layerKey(LayerHeader layer) {
        var info = ByteBuffer.allocate(LAYER.length + LayerHeader.SIZE)
                .put(LAYER)
                .put(layer.toBytes())
                .array();
        return key.derive(bytes(layer.layerId()), info, "AES");
    }

    private final class Parts implements LayerParts {

        private final Gcm gcm = new Gcm();
        private byte[] work = new byte[1 << 16];

        // Making a key takes as long as sealing 50 KiB.
        private @Nullable LayerHeader layer;
        private @Nullable SecretKey layerKey;

        @Override
        public ShortDigest seal(LayerHeader header, Part part, int number, ByteBuffer bytes) {
            int length = bytes.remaining();
            take(bytes);
            gcm.seal(keyOf(header), part.code(), number, work, length);
            bytes.put(bytes.position(), work, 0, length);
            return ShortDigest.get(ByteBuffer.wrap(work), length);
        }

        @Override
        public boolean open(LayerHeader header, Part part, int number, ByteBuffer bytes, ShortDigest proof) {
            int length = bytes.remaining();
            take(bytes);
            proof.put(ByteBuffer.wrap(work).position(length));
            if (!gcm.open(keyOf(header), part.code(), number, work, length + Gcm.TAG_BYTES)) {
                return false;
            }
            bytes.put(bytes.position(), work, 0, length);
            return true;
        }

        private void take(ByteBuffer bytes) {
            int length = bytes.remaining();
            if (work.length < length + Gcm.TAG_BYTES) {
                work = Arrays.copyOf(work, length + Gcm.TAG_BYTES);
            }
            bytes.get(bytes.position(), work, 0, length);
        }

        private SecretKey keyOf(LayerHeader header) {
            var current = layerKey;
            if (current == null || !header.equals(layer)) {
                current = layerKey(header);
                layerKey = current;
                layer = header;
            }
            return current;
        }
    }
}
