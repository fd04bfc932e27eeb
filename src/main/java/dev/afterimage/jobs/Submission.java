package dev.afterimage.jobs;

import org.jspecify.annotations.Nullable;

/**
 * A job that someone asks for.
 *
 * @param databaseName the database concerned
 * @param idempotencyKey a key under which the same request is accepted only once; null for none
 * @param fingerprint tells whether two requests with the same key are the same
 */
public record Submission(
        JobSpec spec,
        String databaseName,
        Priority priority,
        @Nullable String idempotencyKey,
        @Nullable String fingerprint) {}
