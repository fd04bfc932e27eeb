package dev.afterimage.api.checks;

import static dev.afterimage.problem.ProblemCode.COPY_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.FOLLOW_BEHIND;
import static dev.afterimage.problem.ProblemCode.IDEMPOTENCY_MISMATCH;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.LOG_DAMAGED;
import static dev.afterimage.problem.ProblemCode.MOMENT_NOT_REACHABLE;
import static dev.afterimage.problem.ProblemCode.SERVICE_BUSY;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_NOT_FOUND;

import dev.afterimage.access.Scope;
import dev.afterimage.api.fields.StateName;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.api.jobs.IdempotencyKey;
import dev.afterimage.api.jobs.JobJson;
import dev.afterimage.api.jobs.JobSubmissions;
import dev.afterimage.api.snapshots.States;
import dev.afterimage.catalog.snapshots.SnapshotChecks;
import dev.afterimage.copies.Copies;
import dev.afterimage.jobs.queue.JobSpec;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Checks of snapshots. */
@Tag(name = "Checks")
@RestController
@RequestMapping("/api/v1/snapshots/{id}/checks")
class CheckController {

    private final States states;
    private final SnapshotChecks checks;
    private final Copies copies;
    private final JobSubmissions submissions;

    CheckController(States states, SnapshotChecks checks, Copies copies, JobSubmissions submissions) {
        this.states = states;
        this.checks = checks;
        this.copies = copies;
        this.submissions = submissions;
    }

    @Needs(value = Scope.OPERATE, reach = Reach.SNAPSHOT)
    @Operation(
            operationId = "createCheck",
            summary = "Check a snapshot",
            description = "Submits a job that restores the snapshot to a staging file and lets SQLite check it. When it"
                    + " does not pass, the job FAILED and the snapshot is QUARANTINED. With `from` it is about what that copy of"
                    + " the repository has: no check is recorded, and no snapshot QUARANTINED.")
    @Problems({
        SNAPSHOT_NOT_FOUND,
        DATABASE_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        FOLLOW_BEHIND,
        LOG_DAMAGED,
        SERVICE_BUSY,
        COPY_NOT_FOUND,
        IDEMPOTENCY_MISMATCH
    })
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping
    ResponseEntity<JobJson> create(
            @PathVariable StateName id,
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Valid @RequestBody(required = false) @Nullable CheckRequest body) {
        var request = Objects.requireNonNullElse(body, CheckRequest.DEFAULT);
        return submissions.submit("/api/v1/snapshots/" + id + "/checks", request, key, deadline -> {
            var snapshot = states.get(id);
            if (request.from() != null) {
                copies.get(request.from());
            }
            var spec = new JobSpec.Check(snapshot.id(), request.level(), request.from(), deadline);
            return JobSubmissions.Wanted.of(spec, snapshot.databaseName());
        });
    }

    @Needs(value = Scope.READ, reach = Reach.SNAPSHOT)
    @Operation(
            operationId = "listChecks",
            summary = "List the checks of a snapshot",
            description = "Newest first, all in one answer.")
    @Problems({
        INVALID_REQUEST,
        SNAPSHOT_NOT_FOUND,
        DATABASE_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        FOLLOW_BEHIND,
        LOG_DAMAGED,
        SERVICE_BUSY
    })
    @GetMapping
    Listing<CheckJson> list(@PathVariable StateName id) {
        return new Listing<>(
                checks.list(states.get(id).id()).stream().map(CheckJson::of).toList(), null);
    }
}
