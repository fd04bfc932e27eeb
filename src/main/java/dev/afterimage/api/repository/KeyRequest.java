package dev.afterimage.api.repository;

import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Size;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A key that the repository is to get. */
@Schema(
        description = "A key that the repository is to get",
        example = "{\"passphrase\": \"correct horse battery staple\", \"name\": \"ops\"}")
record KeyRequest(
        @Schema(
                description = "What opens it, at least 8 characters; without it the key is for a key file",
                example = "correct horse battery staple")
        @Size(max = 1024)
        @Nullable
        String passphrase,

        @Schema(description = "What people call it", example = "ops") @Size(max = 100) @Nullable
        String name,

        @Schema(
                description = "Id of the key that it takes the place of",
                example = "0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d")
        @Nullable
        UUID replaces) {

    @Override
    public String name() {
        return name == null ? "" : name;
    }

    /** Not the passphrase. */
    @Override
    public String toString() {
        return "KeyRequest[name=%s, replaces=%s]".formatted(name, replaces);
    }
}
