package dev.afterimage.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which entries a list has; null means any.
 *
 * @param caller id of a token, or subject of a JWT
 * @param database name
 * @param from earliest time, inclusive
 * @param to latest time, exclusive
 */
public record AuditFilter(
        @Nullable String caller,
        @Nullable String database,
        @Nullable Instant from,
        @Nullable Instant to) {}
