package dev.afterimage.follow;

import java.time.Instant;
import java.util.UUID;

/**
 * That a database is followed.
 *
 * @param paused by somebody; then nothing of it is held
 * @param since when somebody began it
 */
public record Follow(UUID databaseId, FollowPolicy policy, boolean paused, Instant since) {}
