package dev.afterimage.api.retention;

import dev.afterimage.api.fields.BytesText;
import dev.afterimage.catalog.snapshots.Age;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/** A retention policy, as requests and answers have it. */
@Schema(
        name = "RetentionPolicy",
        description =
                "Which snapshots stay: what any rule keeps, unless it is beyond a limit (maxAge, maxBytes). Every field may be"
                        + " left out. A policy without rules keeps all that is within its limits. Pinned snapshots, and the"
                        + " newest that passed its check, stay whatever the policy says; where none passed, all that are"
                        + " quarantined do",
        example = "{\"last\": 3, \"daily\": 14, \"weekly\": 8, \"monthly\": 12}")
record RetentionPolicyJson(
        @Schema(description = "Rule: so many of the newest", example = "3")
        @Min(1)
        @Max(RetentionPolicyJson.MOST)
        @Nullable
        Integer last,

        @Schema(
                description = "Rule: the newest of each hour, of so many hours that have a snapshot, the latest ones",
                example = "24")
        @Min(1)
        @Max(RetentionPolicyJson.MOST)
        @Nullable
        Integer hourly,

        @Schema(description = "Rule: the same of days", example = "7") @Min(1) @Max(RetentionPolicyJson.MOST) @Nullable
        Integer daily,

        @Schema(description = "Rule: the same of weeks, which begin on Monday", example = "4")
        @Min(1)
        @Max(RetentionPolicyJson.MOST)
        @Nullable
        Integer weekly,

        @Schema(description = "Rule: the same of months", example = "12")
        @Min(1)
        @Max(RetentionPolicyJson.MOST)
        @Nullable
        Integer monthly,

        @Schema(description = "Rule: the same of years", example = "3") @Min(1) @Max(RetentionPolicyJson.MOST) @Nullable
        Integer yearly,

        @Schema(
                description = "Rule: all that are younger. " + RetentionPolicyJson.AGE,
                example = "P2D",
                type = "string")
        @Nullable
        Age within,

        @Schema(
                description =
                        "Rule: all that have one of these labels, each written key or key=value. Backups get labels from their"
                                + " request, or from the schedule",
                example = "[\"release\", \"keep=yes\"]")
        @Size(max = RetentionPolicyJson.MOST_LABELS)
        @Nullable
        List<@Pattern(regexp = RetentionPolicyJson.LABEL, message = "must be key or key=value") String> labels,

        @Schema(
                description = "Limit: none that is older. " + RetentionPolicyJson.AGE,
                example = "P10Y",
                type = "string")
        @Nullable
        Age maxAge,

        @Schema(
                description =
                        "Limit: what the snapshots together take in the repository. Beyond it those that are quarantined"
                                + " go, then the oldest, until the others fit, but never the newest good one. A number of bytes, or text such as 50GB",
                types = {"integer", "string"},
                example = "50GB")
        @JsonDeserialize(using = BytesText.class)
        @Min(1)
        @Nullable
        Long maxBytes,

        @Schema(
                description = "Where hours, days, weeks, months and years begin",
                defaultValue = "UTC",
                example = "Europe/Berlin",
                type = "string")
        ZoneId zone) {

    static final long MOST = 100_000;

    static final int MOST_LABELS = 32;

    static final String LABEL = "[A-Za-z0-9][A-Za-z0-9._/-]{0,62}(=.{0,256})?";

    static final String AGE = "Such as 12h, 30d, 8w, 1y, or P6M for months; answers write it as ISO 8601 does";

    RetentionPolicyJson {
        zone = Objects.requireNonNullElse(zone, ZoneId.of("UTC"));
    }

    static RetentionPolicyJson of(RetentionPolicy policy) {
        return new RetentionPolicyJson(
                policy.last(),
                policy.hourly(),
                policy.daily(),
                policy.weekly(),
                policy.monthly(),
                policy.yearly(),
                policy.within(),
                policy.labels(),
                policy.maxAge(),
                policy.maxBytes(),
                policy.zone());
    }

    RetentionPolicy policy() {
        return new RetentionPolicy(
                last,
                hourly,
                daily,
                weekly,
                monthly,
                yearly,
                within,
                Objects.requireNonNullElse(labels, List.of()),
                maxAge,
                maxBytes,
                zone);
    }
}
