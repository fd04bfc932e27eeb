package dev.afterimage.follow;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How far a database is followed.
 *
 * @param reason why it is not FOLLOWING, a sentence; null when it is
 * @param chain part of the log that is being taken; null before one is begun
 * @param commit that was taken last; 0 for none
 * @param takenAt when it was taken; null for none
 * @param storedCommit the last that the repository has; 0 for none
 * @param lag how long ago the oldest commit was taken that the repository has not got; zero when it has all
 * @param lagBytes that wait for the repository
 * @param walBytes of frames in the WAL
 * @param checkpoints that were run since the service started
 * @param longestCheckpoint the longest of them
 * @param longestWriteLock how long writers were kept out at most, so that the WAL could be begun anew; zero where they never were
 * @param storeProblem why what waits could not be stored at the last attempt; null when it could
 * @param litestream what tells that Litestream replicates the database, too; null where nothing does
 */
public record FollowStanding(
        FollowState state,
        @Nullable String reason,
        @Nullable UUID chain,
        long commit,
        @Nullable Instant takenAt,
        long storedCommit,
        Duration lag,
        long lagBytes,
        long walBytes,
        long checkpoints,
        Duration longestCheckpoint,
        Duration longestWriteLock,
        @Nullable String storeProblem,
        @Nullable String litestream) {}
