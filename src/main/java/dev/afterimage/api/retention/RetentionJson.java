package dev.afterimage.api.retention;

import dev.afterimage.catalog.snapshots.RetentionPolicies;
import dev.afterimage.catalog.snapshots.RetentionPolicies.InForce;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The retention policy that is in force, as answers have it. */
@Schema(name = "Retention", description = "The retention policy that is in force")
record RetentionJson(
        @Schema(
                description =
                        "DATABASE: the database's own. DEFAULT: that of all databases that have none of their own. NONE:"
                                + " there is none, so all snapshots stay",
                example = "DATABASE")
        RetentionPolicies.Source source,

        RetentionPolicyJson policy,

        @Schema(
                description =
                        "How many snapshots a prune would delete now. Null where the default is only shown: that would mean to"
                                + " look at all databases; and while the storage cannot be read, which `maxBytes` needs",
                example = "11")
        @Nullable
        Integer snapshotsDue,

        @Schema(
                description =
                        "When the service next looks by itself whether snapshots have to go; null when it never does"
                                + " (`afterimage.retention.interval`)",
                example = "2026-03-01T13:00:00Z")
        @Nullable
        Instant nextPruneAt) {

    static RetentionJson of(InForce inForce, @Nullable Integer snapshotsDue, @Nullable Instant nextPruneAt) {
        return new RetentionJson(inForce.source(), RetentionPolicyJson.of(inForce.policy()), snapshotsDue, nextPruneAt);
    }
}
