package dev.afterimage.follow;

import dev.afterimage.catalog.log.LogActivity;
import dev.afterimage.catalog.log.LogChain;
import dev.afterimage.catalog.snapshots.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of a database between two times.
 *
 * @param resolution of the activity
 * @param activity where anything was committed, in its order
 * @param schemaChanges the first ones
 * @param reachable between which moments any can be had
 * @param gaps between these
 * @param snapshots the oldest first
 */
public record TimeLine(
        Instant from,
        Instant to,
        Duration resolution,
        List<LogActivity> activity,
        List<Edge> schemaChanges,
        List<Reachable> reachable,
        List<Gap> gaps,
        List<Snapshot> snapshots) {

    /** A commit, and when it was taken. */
    public record Edge(long commit, Instant at) {}

    /**
     * A part of the log without a gap.
     *
     * @param first that can be had
     * @param last that was committed
     * @param until when it is known that nothing else was
     * @param comparedAt when it was last compared with what was read of the database; null for never
     * @param differingPages that were others then
     */
    public record Reachable(
            UUID chain,
            Edge first,
            Edge last,
            Instant until,
            @Nullable Instant comparedAt,
            long differingPages) {}

    /**
     * A time of which it is not known what was committed.
     *
     * @param how the log went on
     * @param before the last commit that can be had before it; null for none
     * @param after the first that can be had after it; null while there is none
     */
    public record Gap(
            Instant from,
            Instant to,
            LogChain.Continuity how,
            @Nullable Edge before,
            @Nullable Edge after) {}

    public TimeLine {
        activity = List.copyOf(activity);
        schemaChanges = List.copyOf(schemaChanges);
        reachable = List.copyOf(reachable);
        gaps = List.copyOf(gaps);
        snapshots = List.copyOf(snapshots);
    }
}
