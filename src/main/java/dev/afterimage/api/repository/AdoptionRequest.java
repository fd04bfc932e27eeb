package dev.afterimage.api.repository;

import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which repository to use from now on. */
@Schema(
        description = "Which repository to use from now on",
        example = "{\"id\": \"7d9f2c3e-5b1a-4c8e-9f60-2a4b6c8d0e1f\"}")
record AdoptionRequest(
        @Schema(
                description =
                        "Id of the repository that is there, as `found` of STORAGE_UNREACHABLE tells it; where it has"
                                + " none, the id that it gets",
                example = "7d9f2c3e-5b1a-4c8e-9f60-2a4b6c8d0e1f")
        @NotNull
        UUID id,

        @Schema(
                description = "Also when it lacks snapshots that the catalog knows; these are then quarantined",
                defaultValue = "false")
        @Nullable
        Boolean force) {

    @Override
    public Boolean force() {
        return Boolean.TRUE.equals(force);
    }
}
