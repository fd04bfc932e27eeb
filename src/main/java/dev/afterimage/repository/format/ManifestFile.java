package dev.afterimage.repository.format;

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

    static final int FORMAT = 3;

    /** Whoever reads a snapshot opens all its layers. Writers name far fewer, {@link Manifest#MAX_LAYERS}. */
    static final int MOST_LAYERS = 256;

    static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .defaultPrettyPrinter(ManifestLines.PRINTER)
            .build();

    public ManifestFile {
        Objects.requireNonNull(snapshot, "snapshot");
        Objects.requireNonNull(checksum, "checksum");
    }

    public static byte[] encode(Manifest manifest) {
        String json = JSON.writeValueAsString(new ManifestFile(FORMAT, manifest, Checksum.NONE)) + "\n";
        return Checksum.fill(json.getBytes(StandardCharsets.UTF_8));
    }

    /** @throws IllegalArgumentException if the bytes are not a manifest as it was written; the message says why */
    public static Manifest decode(byte[] bytes) {
        try {
            requireFormat(bytes);
            Checksum.require(bytes);
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

    static void requireFormat(byte[] bytes) {
        int format = JSON.readTree(bytes).path("format").asInt(0);
        if (format != FORMAT) {
            throw new IllegalArgumentException(
                    "it has format %d; this version of Afterimage reads %d".formatted(format, FORMAT));
        }
    }
}
