package dev.afterimage.sqlite;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** What SQLCipher and its kind leave on disk: each byte encrypted by AES, the size that of whole pages. */
public final class EncryptedFile {

    private static final byte[] KEY = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** Encrypts the file in its place. */
    public static Path of(Path database) throws IOException, GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/CTR/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(KEY, "AES"), new IvParameterSpec(KEY));
        return Files.write(database, cipher.doFinal(Files.readAllBytes(database)));
    }

    private EncryptedFile() {}
}
