package dev.afterimage.api.snapshots;

import dev.afterimage.api.fields.Labels;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request to change what is known of a snapshot. What is absent stays as it is. */
@Schema(
        description = "What to change; what is absent stays as it is",
        example = "{\"labels\": {\"reason\": \"audit\"}}")
public record SnapshotChange(
        @Schema(
                description = "Replaces all labels but `safety-of`, which stays as it is",
                example = "{\"reason\": \"audit\"}")
        @Labels
        @Nullable
        Map<String, String> labels,

        @Schema(description = "Whether to keep it whatever happens", example = "true") @Nullable
        Boolean pinned,

        @Schema(
                description =
                        "From then on it goes, whatever a policy keeps, unless it is pinned or the last good one; null takes the"
                                + " time back",
                type = "string",
                format = "date-time",
                example = "2030-01-01T00:00:00Z")
        @Nullable
        Optional<Instant> expiresAt) {

    /**
     * Whether the snapshot could be deleted by a prune that would have kept it, or earlier than it would have been.
     *
     * @param policy that is in force
     */
    boolean letsGoSooner(Snapshot present, RetentionPolicy policy) {
        boolean unlabels =
                labels != null && policy.keeps(present.labels()) && !policy.keeps(present.relabelled(labels));
        boolean unpins = Boolean.FALSE.equals(pinned) && present.pinned();
        var expiry = expiresAt == null ? null : expiresAt.orElse(null);
        return unlabels
                || unpins
                || expiry != null && (present.expiresAt() == null || expiry.isBefore(present.expiresAt()));
    }
}
