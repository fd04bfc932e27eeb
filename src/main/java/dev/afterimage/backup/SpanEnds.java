package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.RetentionPolicies;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.catalog.snapshots.Span;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.repository.write.SpanEnd;
import dev.afterimage.sqlite.PageProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * Tells which snapshots a policy will probably keep as the last ones of their hours, days, weeks, months and years. Such a one gets one layer
 * instead of those of the others in that time: so what these had for themselves goes with them.
 */
@Component
class SpanEnds {

    /** Of the time between two backups, by which the next may come later than the last one did. */
    private static final int SHARE_LATE = 20;

    private final RetentionPolicies policies;
    private final Snapshots snapshots;
    private final Repository repository;

    SpanEnds(RetentionPolicies policies, Snapshots snapshots, Repository repository) {
        this.policies = policies;
        this.snapshots = snapshots;
        this.repository = repository;
    }

    /**
     * Merges, in a snapshot that is not published yet, what came since a span began that ends with it. For nobody who waits: it can take
     * as long as a first backup.
     *
     * @param labels of the snapshot; one that is taken for safety is not to keep a restore waiting
     */
    void merge(Database database, Map<String, String> labels, Captured captured, Draft draft, PageProgress progress) {
        if (!labels.containsKey(Snapshot.SAFETY_OF)) {
            endingAt(database.id(), captured.capture().pinnedAt())
                    .ifPresent(span -> draft.writer()
                            .mergeAtEndOf(
                                    span,
                                    progress.phase("MERGING", captured.capture().pageSize())));
        }
    }

    private Optional<SpanEnd> endingAt(UUID databaseId, Instant at) {
        var policy = policies.inForce(databaseId).policy();
        var kept = kept(policy);
        var ending = next(databaseId, at).stream()
                .flatMap(next -> kept.stream()
                        .filter(span -> !span.begin(next, policy.zone()).equals(span.begin(at, policy.zone()))))
                .max(Comparator.naturalOrder());
        return ending.flatMap(span -> layersBefore(databaseId, begin(span, kept, at, policy))
                .map(older -> new SpanEnd(older, span == kept.getLast())));
    }

    private static List<Span> kept(RetentionPolicy policy) {
        return Arrays.stream(Span.values())
                .filter(span -> span.kept(policy) != null)
                .toList();
    }

    /** When the next backup is to be expected: as long after this one as this one is after the last. */
    private Optional<Instant> next(UUID databaseId, Instant at) {
        return snapshots.newestAvailable(databaseId, 1).stream()
                .map(last -> Duration.between(last.createdAt(), at))
                .filter(Duration::isPositive) // clocks go back
                .map(interval -> at.plus(interval).plus(interval.dividedBy(SHARE_LATE)))
                .findFirst();
    }

    /** A week does not reach back over the end of a month, of which another snapshot is kept for longer. */
    private static Instant begin(Span ending, List<Span> kept, Instant at, RetentionPolicy policy) {
        return kept.stream()
                .filter(span -> span.compareTo(ending) >= 0)
                .map(span -> span.begin(at, policy.zone()))
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** Nothing when it cannot be told. */
    private Optional<Set<UUID>> layersBefore(UUID databaseId, Instant begin) {
        try {
            return Optional.of(snapshots.newestAvailableBefore(databaseId, begin).stream()
                    .flatMap(snapshot -> repository.find(databaseId, snapshot.id()).stream())
                    .flatMap(manifest -> manifest.layers().stream())
                    .map(LayerRef::id)
                    .collect(Collectors.toSet()));
        } catch (UnusableSnapshotException e) {
            return Optional.empty(); // a check of the repository tells that
        }
    }
}
