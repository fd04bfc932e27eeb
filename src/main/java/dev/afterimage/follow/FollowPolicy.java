package dev.afterimage.follow;

import java.time.Duration;

/**
 * How a database is followed.
 *
 * @param interval how much time one segment of the log has at most, from 100 ms
 * @param window how far back any moment can be restored
 * @param snapshotEvery how often a snapshot is made, from which the log is then replayed
 * @param besideSource whether commits that the repository has not got yet may wait on the file system of the database
 */
public record FollowPolicy(Duration interval, Duration window, Duration snapshotEvery, boolean besideSource) {}
