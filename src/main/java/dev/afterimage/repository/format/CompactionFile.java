package dev.afterimage.repository.format;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import tools.jackson.core.JacksonException;

/**
 * A compaction's file; see {@code docs/repository-format.md}, "Compaction".
 *
 * @param checksum SHA-256 of the file as it is with 64 zeros in this place
 */
public record CompactionFile(int format, Compaction compaction, String checksum) {

    public CompactionFile {
        Objects.requireNonNull(compaction, "compaction");
        Objects.requireNonNull(checksum, "checksum");
    }

    public static byte[] encode(Compaction compaction) {
        var file = new CompactionFile(ManifestFile.FORMAT, compaction, Checksum.NONE);
        return Checksum.fill((ManifestFile.JSON.writeValueAsString(file) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** @throws IllegalArgumentException if the bytes are not a compaction as it was written; the message says why */
    public static Compaction decode(byte[] bytes) {
        try {
            ManifestFile.requireFormat(bytes);
            Checksum.require(bytes);
            return ManifestFile.JSON.readValue(bytes, CompactionFile.class).compaction();
        } catch (JacksonException e) {
            throw new IllegalArgumentException("it is not a compaction: " + e.getOriginalMessage(), e);
        }
    }
}
