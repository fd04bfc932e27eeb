package dev.afterimage.api.follow;

import dev.afterimage.catalog.log.LogActivity;
import dev.afterimage.catalog.log.LogChain;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.follow.TimeLine;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What became of a database between two times. */
@Schema(name = "TimeLine", description = "What became of a database between two times")
record TimeLineJson(
        @Schema(example = "orders") String database,

        Instant from,

        Instant to,

        @Schema(type = "string", example = "PT1M") Duration resolution,

        @Schema(description = "What was committed, in pieces of the resolution; those without a commit are left out")
        List<Activity> activity,

        @Schema(description = "Commits that changed the schema, the first 100")
        List<Edge> schemaChanges,

        @Schema(description = "Between which moments any can be restored")
        List<Reachable> reachable,

        @Schema(description = "Times of which it is not known what was committed")
        List<Gap> gaps,

        @Schema(description = "Oldest first") List<SnapshotThen> snapshots) {

    /** What was committed in a while. */
    @Schema(name = "TimeLineActivity")
    record Activity(
            @Schema(description = "When it begins") Instant from,

            @Schema(example = "420") long commits,

            @Schema(description = "Pages that were written, each version of a page counted", example = "1310")
            long pages,

            @Schema(description = "Bytes that the repository has of it", example = "81920")
            long bytes,

            @Schema(description = "Commits that changed the schema", example = "0")
            long schemaChanges) {

        static Activity of(LogActivity activity) {
            return new Activity(
                    activity.from(), activity.commits(), activity.pages(), activity.bytes(), activity.schemaChanges());
        }
    }

    /** A commit. */
    @Schema(name = "TimeLineCommit")
    record Edge(
            @Schema(example = "48213") long commit,

            @Schema(description = "When it was taken") Instant at) {

        static @Nullable Edge of(TimeLine.@Nullable Edge edge) {
            return edge == null ? null : new Edge(edge.commit(), edge.at());
        }
    }

    /** A part of the log. */
    @Schema(name = "TimeLineReachable")
    record Reachable(
            @Schema(description = "Part of the log without a gap")
            UUID chain,

            @Schema(description = "The first commit that can be restored") @Nullable
            Edge first,

            @Schema(description = "The last commit that is stored") @Nullable
            Edge last,

            @Schema(description = "Until when it is known that nothing else was committed")
            Instant until,

            @Schema(
                    description =
                            "When what the log makes of a snapshot was last compared with what was read of the database")
            @Nullable
            Instant comparedAt,

            @Schema(
                    description = "Pages that were others then: what is replayed of this part is not to be trusted",
                    example = "0")
            long differingPages) {}

    /** A gap. */
    @Schema(name = "TimeLineGap")
    record Gap(
            Instant from,

            Instant to,

            @Schema(
                    description =
                            "GAP: commits in it are missing. FORK: commits from before it are not in the database any more."
                                    + " BEGUN: it was not followed")
            LogChain.Continuity how,

            @Schema(description = "The last commit before it that can be restored") @Nullable
            Edge before,

            @Schema(description = "The first commit after it that can be restored") @Nullable
            Edge after) {}

    /** A snapshot. */
    @Schema(name = "TimeLineSnapshot")
    record SnapshotThen(
            UUID id,

            @Schema(description = "The moment whose state it is")
            Instant at,

            @Schema(description = "How it was taken; LOG when it was made of the log", example = "SCAN")
            String method,

            Snapshot.State state,

            Snapshot.Verification verification) {

        static SnapshotThen of(Snapshot snapshot) {
            return new SnapshotThen(
                    snapshot.id(),
                    snapshot.createdAt(),
                    snapshot.capture().methodUsed(),
                    snapshot.state(),
                    snapshot.verification());
        }
    }

    static TimeLineJson of(String database, TimeLine line) {
        return new TimeLineJson(
                database,
                line.from(),
                line.to(),
                line.resolution(),
                line.activity().stream().map(Activity::of).toList(),
                line.schemaChanges().stream().map(Edge::of).toList(),
                line.reachable().stream()
                        .map(part -> new Reachable(
                                part.chain(),
                                Edge.of(part.first()),
                                Edge.of(part.last()),
                                part.until(),
                                part.comparedAt(),
                                part.differingPages()))
                        .toList(),
                line.gaps().stream()
                        .map(gap ->
                                new Gap(gap.from(), gap.to(), gap.how(), Edge.of(gap.before()), Edge.of(gap.after())))
                        .toList(),
                line.snapshots().stream().map(SnapshotThen::of).toList());
    }
}
