package dev.afterimage.api.repository;

import dev.afterimage.repository.seal.UnlockMethod;
import dev.afterimage.repository.seal.WrappedKey;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A key of the repository, as answers have it. */
@Schema(name = "Key", description = "A key of the repository: what opens it")
record KeyJson(
        @Schema(description = "Its name in keys/ of the repository", example = "0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d")
        UUID id,

        @Schema(description = "What opens it", example = "PASSPHRASE")
        UnlockMethod method,

        @Schema(description = "What people call it; empty where they don't", example = "ops")
        String name,

        Instant createdAt,

        @Schema(
                description = "Only in the answer that makes a key for a key file: its content. Nothing keeps it",
                example = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0")
        @Nullable
        String keyFile) {

    static KeyJson of(WrappedKey key) {
        return of(key, null);
    }

    static KeyJson of(WrappedKey key, @Nullable String keyFile) {
        return new KeyJson(key.id(), key.method(), key.name(), key.createdAt(), keyFile);
    }
}
