package dev.afterimage.api.repository;

import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request for a check of the repository; every field may be left out. */
@Schema(
        description = "How much of the repository to check; every field may be left out, and so may the body",
        example = "{\"sample\": \"5%\"}")
public record RepositoryCheckRequest(
        @Schema(
                description =
                        "Share of the stored bytes that is read, above 0% and at most 100%; what was checked longest"
                                + " ago comes first",
                defaultValue = "100%",
                example = "5%")
        @Pattern(
                regexp = "(100|(?!0{1,2}(\\.0+)?%)\\d{1,2}(\\.\\d{1,3})?)%",
                message = "must be a share such as 5% or 0.5%, above 0% and at most 100%")
        String sample,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    static final RepositoryCheckRequest DEFAULT = new RepositoryCheckRequest("100%", Priority.NORMAL, null);

    public RepositoryCheckRequest {
        sample = Objects.requireNonNullElse(sample, "100%");
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }

    /** Above 0, at most 1. */
    double share() {
        return Double.parseDouble(sample().substring(0, sample().length() - 1)) / 100;
    }
}
