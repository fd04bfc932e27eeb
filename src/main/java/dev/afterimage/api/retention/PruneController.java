package dev.afterimage.api.retention;

import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.IDEMPOTENCY_MISMATCH;

import dev.afterimage.access.Scope;
import dev.afterimage.api.databases.DatabaseJson;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.api.jobs.IdempotencyKey;
import dev.afterimage.api.jobs.JobJson;
import dev.afterimage.api.jobs.JobSubmissions;
import dev.afterimage.api.repository.RepositoryController;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.retention.PruneOrder;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Deletes the snapshots that have to go. */
@Tag(name = "Retention")
@RestController
class PruneController {

    private static final String ALL = RepositoryController.PATH + "/prune";

    private final Databases databases;
    private final JobSubmissions submissions;

    PruneController(Databases databases, JobSubmissions submissions) {
        this.databases = databases;
        this.submissions = submissions;
    }

    @Needs(value = Scope.OPERATE, reach = Reach.DATABASE, freesSpace = true)
    @Operation(
            operationId = "pruneDatabase",
            summary = "Prune the snapshots of a database",
            description =
                    "Submits a job. It deletes what the policy in force does not keep, and what has expired, and frees the"
                            + " space that only these took. Downloads, restores and backups that already use them go on. The"
                            + " service does the same by itself, see `afterimage.retention.interval`.")
    @Problems({DATABASE_NOT_FOUND, IDEMPOTENCY_MISMATCH})
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping("/api/v1/databases/{name}/retention/prune")
    ResponseEntity<JobJson> prune(
            @PathVariable String name,
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Valid @RequestBody(required = false) @Nullable PruneRequest body) {
        var request = Objects.requireNonNullElse(body, PruneRequest.DEFAULT);
        return submissions.submit(DatabaseJson.path(name) + "/retention/prune", request, key, deadline -> {
            var order = PruneOrder.ofDatabase(databases.get(name).id(), request.dryRun(), request.grace());
            return JobSubmissions.Wanted.of(new JobSpec.Prune(order, deadline), name);
        });
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE, freesSpace = true)
    @Operation(
            operationId = "pruneRepository",
            summary = "Prune the snapshots of all databases",
            description =
                    "Submits a job, which does the same for all databases. Of removed ones, only what has expired goes. It also"
                            + " deletes the layers that no snapshot names, such as crashes leave, when"
                            + " `afterimage.storage.delete-grace` is over.")
    @Problems(IDEMPOTENCY_MISMATCH)
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping(ALL)
    ResponseEntity<JobJson> pruneAll(
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Valid @RequestBody(required = false) @Nullable PruneRequest body) {
        var request = Objects.requireNonNullElse(body, PruneRequest.DEFAULT);
        return submissions.submit(
                ALL,
                request,
                key,
                deadline -> new JobSubmissions.Wanted(
                        new JobSpec.Prune(PruneOrder.ofAll(request.dryRun(), request.grace()), deadline), List.of()));
    }
}
