package dev.afterimage.repository.seal;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM (NIST SP 800-38D) with tags of 16 bytes. A nonce is 12 bytes: what is sealed, and its number; under one key no two are the same,
 * which is for the caller to see to. For one thread at a time.
 */
final class Gcm {

    static final int TAG_BYTES = 16;

    private static final int NONCE_BYTES = 12;
    private static final int NUMBER_OFFSET = 4;

    private final Cipher cipher;
    private final byte[] nonce = new byte[NONCE_BYTES];

    Gcm() {
        try {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has AES-GCM", e);
        }
    }

    /**
     * Seals the first bytes of an array in their place; the tag comes after them.
     *
     * @param bytes has room for {@link #TAG_BYTES} more
     */
    void seal(SecretKey key, int kind, long number, byte[] bytes, int length) {
        try {
            init(Cipher.ENCRYPT_MODE, key, kind, number);
            cipher.doFinal(bytes, 0, length, bytes, 0);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM cannot seal", e);
        }
    }

    /**
     * Opens the first bytes of an array in their place.
     *
     * @param length with the tag
     * @return false when they are not what was sealed so; then the bytes may be anything
     */
    boolean open(SecretKey key, int kind, long number, byte[] bytes, int length) {
        try {
            init(Cipher.DECRYPT_MODE, key, kind, number);
            cipher.doFinal(bytes, 0, length, bytes, 0);
            return true;
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM cannot open", e);
        }
    }

    private void init(int mode, SecretKey key, int kind, long number) throws GeneralSecurityException {
        ByteBuffer.wrap(nonce).putInt(kind).putLong(NUMBER_OFFSET, number);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
    }
}
