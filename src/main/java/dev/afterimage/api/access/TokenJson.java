package dev.afterimage.api.access;

import dev.afterimage.access.Scope;
import dev.afterimage.access.Token;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A token, as answers have it. */
@Schema(name = "Token", description = "Who may do what")
record TokenJson(
        UUID id,

        @Schema(example = "nightly-pipeline") String name,

        Scope scope,

        @Schema(description = "Names and labels of the databases that exist for its holder; null for all") @Nullable
        List<String> databases,

        @Schema(description = "Whether it is the admin token, whose text stands in a file of the service")
        boolean ofFile,

        Instant createdAt,

        @Schema(description = "Name of the token that made it; null for the service itself") @Nullable
        String createdBy,

        @Schema(description = "null for never") @Nullable Instant expiresAt,

        @Schema(description = "null when it was not used yet. A crash of the service may forget the last minute")
        @Nullable
        Instant lastUsedAt,

        @Schema(description = "What its holder sends. Only in the answer to the request that made it; else null")
        @Nullable
        String token) {

    static TokenJson of(Token token, @Nullable String text) {
        return new TokenJson(
                token.id(),
                token.name(),
                token.scope(),
                token.visible().entries(),
                token.ofFile(),
                token.createdAt(),
                token.createdBy(),
                token.expiresAt(),
                token.lastUsedAt(),
                text);
    }
}
