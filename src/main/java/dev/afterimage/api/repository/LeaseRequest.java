package dev.afterimage.api.repository;

import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;

/** From whom to take the repository over. */
@Schema(description = "Which lease to take the repository over from", example = "{\"epoch\": 7}")
record LeaseRequest(
        @Schema(
                description =
                        "Of the lease that the other service has, as REPOSITORY_HELD and `lease` of the repository tell it; 0 where there is none",
                example = "7")
        @NotNull
        @Min(0)
        Long epoch) {}
