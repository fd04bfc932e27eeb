package dev.afterimage.api;

import static dev.afterimage.problem.ProblemCode.IDEMPOTENCY_MISMATCH;
import static dev.afterimage.problem.ProblemCode.PATH_NOT_ALLOWED;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_QUARANTINED;
import static dev.afterimage.problem.ProblemCode.TARGET_EXISTS;

import dev.afterimage.catalog.Snapshots;
import dev.afterimage.jobs.JobSpec;
import dev.afterimage.restore.Restore;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Restores of snapshots. */
@Tag(name = "Restores")
@RestController
class RestoreController {

    private static final String PATH = "/api/v1/restores";

    private final Snapshots snapshots;
    private final Restore restore;
    private final JobSubmissions submissions;

    RestoreController(Snapshots snapshots, Restore restore, JobSubmissions submissions) {
        this.snapshots = snapshots;
        this.restore = restore;
        this.submissions = submissions;
    }

    @Operation(
            operationId = "createRestore",
            summary = "Restore a snapshot to a file",
            description = "Submits a job. The file appears under its name only when it is complete and checked; after a"
                    + " failure nothing of it is left.")
    @Problems({SNAPSHOT_NOT_FOUND, SNAPSHOT_QUARANTINED, PATH_NOT_ALLOWED, TARGET_EXISTS, IDEMPOTENCY_MISMATCH})
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping(PATH)
    ResponseEntity<JobJson> create(
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Valid @RequestBody RestoreRequest request) {
        return submissions.submit(PATH, request, key, deadline -> {
            var snapshot = snapshots.available(request.snapshot());
            var target = restore.newTarget(request.target().path());
            var spec = new JobSpec.Restore(snapshot.id(), target, request.verify(), deadline);
            return JobSubmissions.Wanted.of(spec, snapshot.databaseName());
        });
    }
}
