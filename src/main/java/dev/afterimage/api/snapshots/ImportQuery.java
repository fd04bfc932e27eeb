package dev.afterimage.api.snapshots;

import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.sqlite.check.CheckLevel;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a request to import a file says beside the file; labels are read apart. */
record ImportQuery(
        @Parameter(
                description =
                        "When the backup was taken, such as 2025-12-31T23:00:00Z: it decides where the snapshot stands among the others, and whether it"
                                + " protects the database. Not before 1970, and not in the future; default now")
        @Nullable
        Instant createdAt,

        @Parameter(
                description = "How to check the file before a snapshot is made of it: FULL is integrity_check and"
                        + " foreign_key_check, QUICK is quick_check")
        @Schema(defaultValue = "FULL")
        CheckLevel verify,

        @Parameter(description = JobRequest.PRIORITY) @Schema(defaultValue = "NORMAL")
        Priority priority,

        @Parameter(description = JobRequest.DEADLINE) @Schema(type = "string") @Deadline @Nullable
        Duration deadline) {

    ImportQuery {
        verify = Objects.requireNonNullElse(verify, CheckLevel.FULL);
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }

    /** The whole request: with its labels, and the SHA-256 of its file. */
    ImportRequest of(Map<String, String> labels, String sha256) {
        return new ImportRequest(createdAt, verify(), priority(), deadline, labels, sha256);
    }
}
