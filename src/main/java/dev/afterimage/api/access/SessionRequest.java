package dev.afterimage.api.access;

import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;

/** Who wants to sign in. */
@Schema(example = "{\"token\": \"ai_0123456789012345678901234567890123456789012\"}")
record SessionRequest(
        @Schema(description = "A token of this service") @NotNull @Size(min = 1, max = 16384)
        String token) {

    /** Without the token: this may end up in a log. */
    @Override
    public String toString() {
        return "SessionRequest";
    }
}
