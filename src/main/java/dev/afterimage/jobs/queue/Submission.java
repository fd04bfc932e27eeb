package dev.afterimage.jobs.queue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job that someone asks for.
 *
 * @param databases names of those concerned; none when it is about the whole repository
 * @param idempotencyKey a key of the submitter, under which the same request is accepted only once; null for none
 * @param fingerprint tells whether two requests with the same key are the same
 * @param submitter who asks, for whose jobs the queue has only so much room; null when the service itself does
 */
public record Submission(
        JobSpec spec,
        List<String> databases,
        Priority priority,
        @Nullable String idempotencyKey,
        @Nullable String fingerprint,
        @Nullable String submitter) {

    /** A job that the service itself asks for. */
    public Submission(
            JobSpec spec,
            List<String> databases,
            Priority priority,
            @Nullable String idempotencyKey,
            @Nullable String fingerprint) {
        this(spec, databases, priority, idempotencyKey, fingerprint, null);
    }
}
