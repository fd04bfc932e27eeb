package dev.afterimage.follow;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a database is followed.
 *
 * @param interval how much time one segment of the log has at most, from 100 ms
 * @param window how far back any moment can be restored
 * @param snapshotEvery how often a snapshot is made, from which the log is then replayed
 * @param besideSource whether commits that the repository has not got yet may wait on the file system of the database
 * @param walLimitBytes above it writers are kept out for an instant, so that the WAL can be begun anew; null for never
 */
public record FollowPolicy(
        Duration interval,
        Duration window,
        Duration snapshotEvery,
        boolean besideSource,
        @Nullable Long walLimitBytes) {}
