package dev.afterimage.api.follow;

import dev.afterimage.follow.Follow;
import dev.afterimage.follow.FollowStanding;
import dev.afterimage.follow.FollowState;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How a database is followed, and how far. */
@Schema(name = "Follow", description = "How a database is followed, and how far")
record FollowJson(
        @Schema(example = "orders") String database,

        FollowState state,

        @Schema(description = "Why it is not FOLLOWING") @Nullable
        String reason,

        @Schema(type = "string", example = "PT1S") Duration interval,

        @Schema(type = "string", example = "PT168H") Duration window,

        @Schema(type = "string", example = "PT1H") Duration snapshotEvery,

        boolean besideSource,

        @Schema(description = "Above it writers are kept out for an instant; null for never", example = "67108864")
        @Nullable
        Long walLimitBytes,

        @Schema(description = "When it was begun") Instant since,

        @Schema(description = "Where that is") Position position,

        @Schema(description = "What the repository has not got yet")
        Lag lag,

        @Schema(description = "Bytes of frames in the WAL", example = "1236000")
        long walBytes,

        @Schema(description = "Checkpoints that were run because of it, since the service started", example = "12")
        long checkpoints,

        @Schema(
                description =
                        "The longest of them, in milliseconds: an application that checkpoints meanwhile is told BUSY",
                example = "3")
        long longestCheckpointMillis,

        @Schema(
                description =
                        "How long writers were kept out at most, in milliseconds, because the WAL was larger than walLimitBytes;"
                                + " 0 where they never were",
                example = "0")
        long longestWriteLockMillis,

        @Schema(description = "Why what waits could not be stored at the last attempt") @Nullable
        String storeProblem,

        @Schema(
                description =
                        "What tells that Litestream replicates the database, too. Nothing is missed, but each keeps the other's"
                                + " checkpoints from letting the WAL begin anew, and it grows",
                example = "its directory .orders.db-litestream")
        @Nullable
        String litestream) {

    /** Where it is. */
    @Schema(name = "FollowPosition")
    record Position(
            @Schema(description = "Part of the log without a gap") @Nullable
            UUID chain,

            @Schema(description = "Number of the last commit that is taken, durable on this machine", example = "48213")
            long commit,

            @Schema(description = "When it was taken") @Nullable
            Instant takenAt,

            @Schema(description = "Number of the last commit that the repository has", example = "48210")
            long storedCommit) {}

    /** How far behind it is. */
    @Schema(name = "FollowLag")
    record Lag(
            @Schema(description = "How long ago the oldest of it was taken, in milliseconds", example = "420")
            long millis,

            @Schema(description = "Bytes that wait on this machine", example = "81920")
            long bytes) {}

    static FollowJson of(String database, Follow follow, FollowStanding standing) {
        var policy = follow.policy();
        return new FollowJson(
                database,
                standing.state(),
                standing.reason(),
                policy.interval(),
                policy.window(),
                policy.snapshotEvery(),
                policy.besideSource(),
                policy.walLimitBytes(),
                follow.since(),
                new Position(standing.chain(), standing.commit(), standing.takenAt(), standing.storedCommit()),
                new Lag(standing.lag().toMillis(), standing.lagBytes()),
                standing.walBytes(),
                standing.checkpoints(),
                standing.longestCheckpoint().toMillis(),
                standing.longestWriteLock().toMillis(),
                standing.storeProblem(),
                standing.litestream());
    }
}
