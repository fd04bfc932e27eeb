package dev.afterimage.api.access;

import dev.afterimage.access.Scope;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who is to get a token, for what. */
@Schema(
        description = "Who is to get a token, for what",
        example =
                "{\"name\": \"nightly-pipeline\", \"scope\": \"OPERATE\", \"databases\": [\"orders\", \"team=billing\"]}")
public record TokenRequest(
        @Schema(description = "Says in lists and in the audit who it is", example = "nightly-pipeline")
        @NotNull
        @Pattern(
                regexp = NAME,
                message = "must be 1 to 63 characters A-Z a-z 0-9 . _ @ - that begin with a letter or digit")
        String name,

        @Schema(
                description =
                        "READ: look and download. OPERATE: also back up, check and restore. ADMIN: also change what"
                                + " is registered and planned, delete snapshots, and give access to others",
                example = "OPERATE")
        @NotNull
        Scope scope,

        @Schema(
                description =
                        "Which databases exist for its holder: their names, and labels as `key=value`, for all that"
                                + " have the label when it is asked. All when it is left out",
                example = "[\"orders\", \"team=billing\"]")
        @Size(min = 1, max = 100)
        @Nullable
        List<@NotNull @Pattern(regexp = ENTRY, message = "must be a database's name, or a label key=value") String>
                databases,

        @Schema(
                description = "From when on it is not accepted; never when it is left out",
                example = "2099-12-31T00:00:00Z")
        @Nullable
        Instant expiresAt) {

    static final String NAME = "[A-Za-z0-9][A-Za-z0-9._@-]{0,62}";
    static final String ENTRY = "[a-z0-9][a-z0-9._-]{0,62}|[A-Za-z0-9][A-Za-z0-9._/-]{0,62}=(?s:.{0,256})";
}
