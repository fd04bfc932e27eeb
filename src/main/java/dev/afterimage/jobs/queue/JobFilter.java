package dev.afterimage.jobs.queue;

import dev.afterimage.catalog.databases.VisibleDatabases;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs a list has.
 *
 * @param database null for any
 * @param kinds empty for all
 * @param states empty for all
 * @param from made at this time or later; null for any time
 * @param to made before this time; null for any time
 * @param visible the databases that exist for the one who asks; a job exists when all of its databases do
 */
public record JobFilter(
        @Nullable String database,
        Set<JobKind> kinds,
        Set<JobState> states,
        @Nullable Instant from,
        @Nullable Instant to,
        VisibleDatabases visible) {

    public JobFilter {
        kinds = Set.copyOf(kinds);
        states = Set.copyOf(states);
    }

    /** Null means any. */
    public JobFilter(
            @Nullable String database, @Nullable JobKind kind, @Nullable JobState state, VisibleDatabases visible) {
        this(database, ofOne(kind), ofOne(state), null, null, visible);
    }

    /** Null means any. */
    public JobFilter(@Nullable String database, @Nullable JobKind kind, @Nullable JobState state) {
        this(database, kind, state, VisibleDatabases.ALL);
    }

    private static <T> Set<T> ofOne(@Nullable T value) {
        return value == null ? Set.of() : Set.of(value);
    }
}
