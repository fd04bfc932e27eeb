package dev.afterimage.api.retention;

import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.retention.DeleteReason;
import dev.afterimage.retention.KeepRule;
import dev.afterimage.retention.RetentionPlan;
import dev.afterimage.retention.Verdict;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a retention policy would make of the snapshots of a database. */
@Schema(name = "RetentionPreview", description = "What a policy would make of the snapshots that there are now")
record RetentionPreviewJson(
        RetentionPolicyJson policy,

        @Schema(description = "How many would go", example = "11")
        long snapshotsDeleted,

        @Schema(description = "How many would stay", example = "14")
        long kept,

        @Schema(
                description =
                        "What the repository would need less without those that go: an estimate, because a backup that"
                                + " runs meanwhile may come to need some of it",
                example = "20480")
        long bytesFreed,

        @Schema(description = "Newest first") List<Fate> snapshots) {

    /** What would become of a snapshot. */
    @Schema(name = "SnapshotFate", description = "What would become of a snapshot")
    record Fate(
            UUID id,
            Instant createdAt,

            @Schema(description = "Whether it stays", example = "true")
            boolean kept,

            @Schema(
                    description =
                            "Each rule that keeps it; none when it goes. PINNED, LAST_GOOD (the newest that passed its check, or"
                                    + " where none did, the newest that did not fail), LAST_FULL (the newest that passed a FULL check), NONE_PASSED (it is quarantined, and no"
                                    + " available snapshot passed its check), QUARANTINE (its damage was found less than 14 days"
                                    + " ago) and FUTURE (a clock was wrong) are not of the policy. ALL: the policy has no rule",
                    example = "[\"LAST\", \"DAILY\"]")
            List<KeepRule> rules,

            @Schema(
                    description =
                            "Why it goes; null when it stays. EXPIRED: its own expiresAt has passed. NO_RULE: no rule"
                                    + " keeps it",
                    example = "NO_RULE")
            @Nullable
            DeleteReason reason) {

        static Fate of(RetentionPlan.Planned planned) {
            var snapshot = planned.snapshot();
            return switch (planned.verdict()) {
                case Verdict.Keep(var rules) -> new Fate(snapshot.id(), snapshot.createdAt(), true, rules, null);
                case Verdict.Delete(var reason) ->
                    new Fate(snapshot.id(), snapshot.createdAt(), false, List.of(), reason);
            };
        }
    }

    static RetentionPreviewJson of(RetentionPolicy policy, RetentionPlan plan) {
        var fates = plan.snapshots().stream().map(Fate::of).toList();
        long kept = fates.stream().filter(Fate::kept).count();
        return new RetentionPreviewJson(
                RetentionPolicyJson.of(policy), fates.size() - kept, kept, plan.bytesFreed(), fates);
    }
}
