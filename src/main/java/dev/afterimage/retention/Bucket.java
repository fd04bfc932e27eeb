package dev.afterimage.retention;

import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
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
    LAST(KeepRule.LAST),
    HOUR(KeepRule.HOURLY),
    DAY(KeepRule.DAILY),
    WEEK(KeepRule.WEEKLY),
    MONTH(KeepRule.MONTHLY),
    YEAR(KeepRule.YEARLY);

    private final KeepRule rule;

    Bucket(KeepRule rule) {
        this.rule = rule;
    }

    KeepRule rule() {
        return rule;
    }

    /** How many of them the policy wants; null when it has no such rule. */
    @Nullable
    Integer count(RetentionPolicy policy) {
        return switch (this) {
            case LAST -> policy.last();
            case HOUR -> policy.hourly();
            case DAY -> policy.daily();
            case WEEK -> policy.weekly();
            case MONTH -> policy.monthly();
            case YEAR -> policy.yearly();
        };
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
        var time = snapshot.createdAt().atZone(zone);
        return switch (this) {
            case LAST -> snapshot.id();
            case HOUR -> time.truncatedTo(ChronoUnit.HOURS).toInstant(); // where clocks go back, an hour comes twice
            case DAY -> time.toLocalDate();
            case WEEK -> List.of(time.get(IsoFields.WEEK_BASED_YEAR), time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case MONTH -> YearMonth.from(time);
            case YEAR -> time.getYear();
        };
    }
}
