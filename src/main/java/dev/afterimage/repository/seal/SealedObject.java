package dev.afterimage.repository.seal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import javax.crypto.SecretKey;

/** How an object that is no layer is sealed; see {@code docs/repository-format.md}, "Sealed objects". */
final class SealedObject {

    static final byte[] MAGIC = "AIMGSEA1".getBytes(US_ASCII);
    static final int SALT_BYTES = 32;
    static final int HEADER_BYTES = MAGIC.length + SALT_BYTES;

    /** Of what is sealed at a time, the last part aside, which may be shorter. */
    static final int PART_BYTES = 1 << 16;

    /** Kinds in nonces. An object that was cut at the end of a part has no last one. */
    static final int PART = 1;

    static final int LAST_PART = 2;

    private static final byte[] OBJECT = "afterimage object ".getBytes(US_ASCII);

    private SealedObject() {}

    static SecretKey key(RepositoryKey key, byte[] salt, String name) {
        var info = new ByteArrayOutputStream();
        info.writeBytes(OBJECT);
        info.writeBytes(name.getBytes(UTF_8));
        return key.derive(salt, info.toByteArray(), "AES");
    }

    static long storedBytes(long bytes) {
        long parts = Math.max(1, Math.ceilDiv(bytes, PART_BYTES));
        return HEADER_BYTES + bytes + parts * Gcm.TAG_BYTES;
    }
}
