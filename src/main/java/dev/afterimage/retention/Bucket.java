package dev.afterimage.retention;

import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Span;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A way to sort snapshots into spans of time. A rule keeps the newest snapshot of each of the n most recent spans that have
 * one, whatever other rules keep; so do {@code restic forget --keep-daily} and its like.
 */
enum Bucket {
    LAST(KeepRule.LAST, null),
    HOUR(KeepRule.HOURLY, Span.HOUR),
    DAY(KeepRule.DAILY, Span.DAY),
    WEEK(KeepRule.WEEKLY, Span.WEEK),
    MONTH(KeepRule.MONTHLY, Span.MONTH),
    YEAR(KeepRule.YEARLY, Span.YEAR);

    private final KeepRule rule;
    private final @Nullable Span span;

    /** @param span null where each snapshot is for itself */
    Bucket(KeepRule rule, @Nullable Span span) {
        this.rule = rule;
        this.span = span;
    }

    KeepRule rule() {
        return rule;
    }

    /** How many of them the policy wants; null when it has no such rule. */
    @Nullable
    Integer count(RetentionPolicy policy) {
        return span == null ? policy.last() : span.kept(policy);
    }

    /** Ids of those that the policy's rule keeps. */
    Set<UUID> kept(RetentionPolicy policy, List<Snapshot> newestFirst) {
        var count = count(policy);
        if (count == null) {
            return Set.of();
        }
        var seen = new HashSet<>();
        return newestFirst.stream()
                .filter(snapshot -> seen.size() < count && seen.add(of(snapshot, policy.zone())))
                .map(Snapshot::id)
                .collect(Collectors.toSet());
    }

    /** Equal for snapshots of the same span. */
    private Object of(Snapshot snapshot, ZoneId zone) {
        return span == null ? snapshot.id() : span.begin(snapshot.createdAt(), zone);
    }
}
