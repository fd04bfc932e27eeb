package dev.afterimage.backup;

import dev.afterimage.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What a backup of a database by a method would be like, if it began now.
 *
 * @param problem for which it would fail; null when it could begin
 * @param lock that it would hold; null when nothing tells which
 * @param writersWait whether who wants to commit waits; null when the journal mode decides, and cannot be read
 * @param lockHeld for how long; null when nothing tells
 */
public record Outlook(
        Method method,
        @Nullable Problem problem,
        @Nullable SourceLock lock,
        @Nullable Boolean writersWait,
        @Nullable LockHeld lockHeld) {}
