package dev.afterimage.repository.seal;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key of a sealed repository: 32 random bytes, for ever. It seals nothing itself: each object has a key of its own, made of it by HKDF
 * (RFC 5869) from a salt that is random, so that neither a clone of the machine nor a catalog put back ever seals two things alike.
 */
final class RepositoryKey {

    static final int BYTES = 32;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] bytes;

    RepositoryKey(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("A key of %d bytes".formatted(bytes.length));
        }
        this.bytes = bytes.clone();
    }

    static RepositoryKey random() {
        return new RepositoryKey(randomBytes(BYTES));
    }

    static byte[] randomBytes(int count) {
        var bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    /** Not to be kept anywhere but wrapped. */
    byte[] bytes() {
        return bytes.clone();
    }

    boolean isSame(RepositoryKey other) {
        return MessageDigest.isEqual(bytes, other.bytes);
    }

    SecretKey derive(byte[] salt, byte[] info, String algorithm) {
        return derive(bytes, salt, info, algorithm);
    }

    static SecretKey derive(byte[] secret, byte[] salt, byte[] info, String algorithm) {
        try {
            var parameters = HKDFParameterSpec.ofExtract()
                    .addIKM(new SecretKeySpec(secret, "Generic"))
                    .addSalt(salt)
                    .thenExpand(info, BYTES);
            return KDF.getInstance("HKDF-SHA256").deriveKey(algorithm, parameters);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has HKDF-SHA256", e);
        }
    }
}
