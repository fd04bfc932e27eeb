package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpHeaders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import tools.jackson.databind.JsonNode;

/** A snapshot's file as it came over HTTP. */
record Download(Path file, HttpHeaders headers) {

    /** All that the service says about the bytes is true of those that came. */
    void requireToBe(JsonNode snapshot) throws IOException {
        var digest = sha256();
        assertThat(Files.size(file)).isEqualTo(snapshot.get("sizeBytes").asLong());
        if (snapshot.get("sha256").isNull()) { // nobody has read the whole file yet
            assertThat(headers.firstValue("Repr-Digest")).isEmpty();
        } else {
            assertThat(HexFormat.of().formatHex(digest))
                    .isEqualTo(snapshot.get("sha256").asString());
            assertThat(headers.firstValue("Repr-Digest"))
                    .hasValue("sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":");
        }
        assertThat(headers.firstValue("ETag")).isPresent();
    }

    private byte[] sha256() throws IOException {
        try (var bytes = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            bytes.transferTo(OutputStream.nullOutputStream());
            return bytes.getMessageDigest().digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
