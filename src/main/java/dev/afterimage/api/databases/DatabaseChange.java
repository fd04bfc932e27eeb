package dev.afterimage.api.databases;

import dev.afterimage.api.fields.Labels;
import dev.afterimage.catalog.databases.Databases;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;

/** A request to change a registered database. What is absent stays as it is. */
@Schema(
        description = "What to change; what is absent stays as it is",
        example = "{\"labels\": {\"team\": \"billing\"}}")
public record DatabaseChange(
        @Schema(
                description =
                        "Where the file is now, as the node that answers sees it, to which the database belongs from"
                                + " then on; the same rules as for registering",
                example = "/srv/orders/orders.db")
        @Size(min = 1, max = NewDatabase.MAX_PATH)
        @Nullable
        String path,

        @Schema(description = "Replaces all labels", example = "{\"team\": \"billing\"}") @Labels @Nullable
        Map<String, String> labels,

        @Schema(
                description = "How old its last good state may be before the database counts as STALE; null for"
                        + " afterimage.protection.max-age",
                type = "string",
                example = "6h")
        @Nullable
        Optional<@DurationMin(seconds = 1) @DurationMax(days = 36_500) Duration> maxAge,

        @Schema(
                description =
                        "How old the last FULL check of what protects it may be before the database counts as STALE; null for"
                                + " afterimage.protection.max-full-check-age",
                type = "string",
                example = "2d")
        @Nullable
        Optional<@DurationMin(seconds = 1) @DurationMax(days = 36_500) Duration> maxFullCheckAge,

        @Schema(
                description =
                        "Whether a copy of the repository must have a good snapshot that is young enough, or the database counts as"
                                + " STALE; null for afterimage.protection.require-copy",
                type = "boolean",
                example = "true")
        @Nullable
        Optional<Boolean> requireCopy) {

    Databases.NewDemands newDemands() {
        return new Databases.NewDemands(
                newAge(maxAge),
                newAge(maxFullCheckAge),
                requireCopy == null ? null : new Databases.NewCopyNeed(requireCopy.orElse(null)));
    }

    private static Databases.@Nullable NewAge newAge(@Nullable Optional<Duration> given) {
        return given == null ? null : new Databases.NewAge(given.orElse(null));
    }
}
