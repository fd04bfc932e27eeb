package dev.afterimage.jobs.queue;

import dev.afterimage.catalog.databases.VisibleDatabases;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs a list has; null means any.
 *
 * @param visible the databases that exist for the one who asks; a job exists when all of its databases do
 */
public record JobFilter(
        @Nullable String database,
        @Nullable JobKind kind,
        @Nullable JobState state,
        VisibleDatabases visible) {

    public JobFilter(@Nullable String database, @Nullable JobKind kind, @Nullable JobState state) {
        this(database, kind, state, VisibleDatabases.ALL);
    }
}
