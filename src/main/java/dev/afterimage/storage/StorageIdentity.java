package dev.afterimage.storage;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which storage this is, in the object {@code repository.json}: written once, before any other object but the keys, and never changed.
 * See {@code docs/repository-format.md}, "Identity".
 *
 * @param canary in Base64, which only the key of a sealed repository opens; null where it is not sealed
 */
public record StorageIdentity(UUID id, @Nullable String canary) {

    public static final String KEY = "repository.json";

    private static final int FORMAT = 3;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    public byte[] encode() {
        var sealed = canary == null ? "" : ",%n\"canary\":\"" + canary + "\"";
        return ("{%n\"format\":%d,%n\"id\":\"%s\"" + sealed + "%n}%n")
                .replace("%n", "\n")
                .formatted(FORMAT, id)
                .getBytes(StandardCharsets.UTF_8);
    }

    /** @throws IllegalArgumentException if the bytes are no identity that this version knows; the message says why */
    public static StorageIdentity decode(byte[] bytes) {
        try {
            var json = JSON.readTree(bytes);
            int format = json.path("format").asInt(0);
            if (format != FORMAT) {
                throw new IllegalArgumentException(
                        "it has format %d; this version of Afterimage reads %d".formatted(format, FORMAT));
            }
            var canary = json.path("canary").asString(null);
            if (canary != null) {
                var _ = Base64.getDecoder().decode(canary); // throws if it is none
            }
            return new StorageIdentity(UUID.fromString(json.path("id").asString("")), canary);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("it is no JSON: " + e.getOriginalMessage(), e);
        }
    }
}
