package dev.afterimage.storage;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which storage this is, in the object {@code repository.json}: written once, before any other object, and never changed.
 * See {@code docs/repository-format.md}, "Identity".
 */
public record StorageIdentity(UUID id) {

    static final String KEY = "repository.json";

    private static final int FORMAT = 3;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    byte[] encode() {
        return "{%n\"format\":%d,%n\"id\":\"%s\"%n}%n"
                .replace("%n", "\n")
                .formatted(FORMAT, id)
                .getBytes(StandardCharsets.UTF_8);
    }

    /** @throws IllegalArgumentException if the bytes are no identity that this version knows; the message says why */
    static StorageIdentity decode(byte[] bytes) {
        try {
            var json = JSON.readTree(bytes);
            int format = json.path("format").asInt(0);
            if (format != FORMAT) {
                throw new IllegalArgumentException(
                        "it has format %d; this version of Afterimage reads %d".formatted(format, FORMAT));
            }
            return new StorageIdentity(UUID.fromString(json.path("id").asString("")));
        } catch (JacksonException e) {
            throw new IllegalArgumentException("it is no JSON: " + e.getOriginalMessage(), e);
        }
    }
}
