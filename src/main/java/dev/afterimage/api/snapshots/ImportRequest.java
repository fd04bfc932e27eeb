package dev.afterimage.api.snapshots;

import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.sqlite.check.CheckLevel;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to import a file, by which it is known again.
 *
 * @param createdAt as it was given
 * @param sha256 of the file, hexadecimal
 */
public record ImportRequest(
        @Nullable Instant createdAt,
        CheckLevel verify,
        Priority priority,
        @Nullable Duration deadline,
        Map<String, String> labels,
        String sha256)
        implements JobRequest {}
