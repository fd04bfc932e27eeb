package dev.afterimage.jobs;

import org.jspecify.annotations.Nullable;

/** Which jobs a list has; null means any. */
public record JobFilter(
        @Nullable String database,
        @Nullable JobKind kind,
        @Nullable JobState state) {}
