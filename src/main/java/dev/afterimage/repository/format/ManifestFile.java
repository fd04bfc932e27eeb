package dev.afterimage.repository.format;

import dev.afterimage.bytes.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A manifest's file; see {@code docs/repository-format.md}, "Manifest".
 *
 * @param checksum SHA-256 of the file as it is with 64 zeros in this place
 */
public record ManifestFile(int format, Manifest snapshot, String checksum) {

    private static final int FORMAT = 3;

    /** Whoever reads a snapshot opens all its layers. Writers name far fewer, {@link Manifest#MAX_LAYERS}. */
    static final int MOST_LAYERS = 256;

    private static final String NO_CHECKSUM = "0".repeat(Sha256.HEX_LENGTH);
    private static final int BYTES_AFTER_CHECKSUM = "\"\n}\n".length();

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .defaultPrettyPrinter(ManifestLines.PRINTER)
            .build();

    public ManifestFile {
        Objects.requireNonNull(snapshot, "snapshot");
        Objects.requireNonNull(checksum, "checksum");
    }

    public static byte[] encode(Manifest manifest) {
        String json = JSON.writeValueAsString(new ManifestFile(FORMAT, manifest, NO_CHECKSUM)) + "\n";
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        String checksum = Sha256.hexOf(bytes);
        putChecksum(bytes, checksum);
        return bytes;
    }

    /** @throws IllegalArgumentException if the bytes are not a manifest as it was written; the message says why */
    public static Manifest decode(byte[] bytes) {
        try {
            int format = JSON.readTree(bytes).path("format").asInt(0);
            if (format != FORMAT) {
                throw new IllegalArgumentException(
                        "it has format %d; this version of Afterimage reads %d".formatted(format, FORMAT));
            }
            requireChecksum(bytes);
            var snapshot = JSON.readValue(bytes, ManifestFile.class).snapshot();
            if (snapshot.layers().size() > MOST_LAYERS) {
                throw new IllegalArgumentException("it names %d layers, more than %d"
                        .formatted(snapshot.layers().size(), MOST_LAYERS));
            }
            return snapshot;
        } catch (JacksonException e) {
            throw new IllegalArgumentException("it is not a manifest: " + e.getOriginalMessage(), e);
        }
    }

    private static void requireChecksum(byte[] bytes) {
        int start = checksumStart(bytes);
        if (start < 0) {
            throw new IllegalArgumentException("it does not end with a checksum");
        }
        var checksum = new String(bytes, start, Sha256.HEX_LENGTH, StandardCharsets.US_ASCII);
        byte[] digested = bytes.clone();
        putChecksum(digested, NO_CHECKSUM);
        if (!Sha256.hexOf(digested).equals(checksum)) {
            throw new IllegalArgumentException("its checksum is not that of its content");
        }
    }

    private static void putChecksum(byte[] bytes, String checksum) {
        byte[] digits = checksum.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(digits, 0, bytes, checksumStart(bytes), digits.length);
    }

    /** The checksum is the last value, so it has one place whatever the names and labels contain. */
    private static int checksumStart(byte[] bytes) {
        return bytes.length - BYTES_AFTER_CHECKSUM - Sha256.HEX_LENGTH;
    }
}
