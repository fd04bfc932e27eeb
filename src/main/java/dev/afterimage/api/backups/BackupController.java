package dev.afterimage.api.backups;

import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.HOOK_FAILED;
import static dev.afterimage.problem.ProblemCode.IDEMPOTENCY_MISMATCH;
import static dev.afterimage.problem.ProblemCode.METHOD_NOT_POSSIBLE;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import dev.afterimage.api.databases.DatabaseJson;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.api.jobs.IdempotencyKey;
import dev.afterimage.api.jobs.JobJson;
import dev.afterimage.api.jobs.JobSubmissions;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.GroupPlan;
import dev.afterimage.backup.Methods;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.jobs.queue.JobSpec;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.time.Clock;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Backups of databases. */
@Tag(name = "Backups")
@RestController
class BackupController {

    private static final String GROUPS = "/api/v1/backups";

    private final Databases databases;
    private final Methods methods;
    private final JobSubmissions submissions;
    private final Clock clock;

    BackupController(Databases databases, Methods methods, JobSubmissions submissions, Clock clock) {
        this.databases = databases;
        this.methods = methods;
        this.submissions = submissions;
        this.clock = clock;
    }

    @Needs(value = Scope.OPERATE, reach = Reach.DATABASE)
    @Operation(
            operationId = "createBackup",
            summary = "Back up a database",
            description =
                    "Submits a job. It captures one committed state while the application goes on writing, stores"
                            + " it, and checks what was stored; when the job SUCCEEDED, its `result.snapshotId` can be restored.")
    @Problems({DATABASE_NOT_FOUND, METHOD_NOT_POSSIBLE, HOOK_FAILED, IDEMPOTENCY_MISMATCH})
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping("/api/v1/databases/{name}/backups")
    ResponseEntity<JobJson> create(
            @PathVariable String name,
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Valid @RequestBody(required = false) @Nullable BackupRequest body) {
        var request = Objects.requireNonNullElse(body, BackupRequest.DEFAULT);
        return submissions.submit(DatabaseJson.path(name) + "/backups", request, key, deadline -> {
            var database = databases.get(name);
            methods.requirePossible(request.method(), database);
            var spec = new JobSpec.Backup(database.id(), plan(request), request.verify(), deadline);
            return JobSubmissions.Wanted.of(spec, name);
        });
    }

    @Needs(value = Scope.OPERATE, reach = Reach.REQUEST)
    @Operation(
            operationId = "createGroupBackup",
            summary = "Back up several databases at one moment",
            description =
                    "Submits one job, which captures all of them, and makes a snapshot of each or of none: by method"
                            + " FILESYSTEM_SNAPSHOT where the same is configured for all of them, else by SCAN;"
                            + " `?group=` lists them. All are of one moment when the job's `result.oneMoment` is true: no"
                            + " transaction that was committed in one of the databases before that moment is missing, and none"
                            + " after it is there. Else writers were too fast, and `notes` of the snapshots say how far they may"
                            + " be apart. A database that cannot be captured so, such as an empty file, makes the job FAIL with"
                            + " METHOD_NOT_POSSIBLE. When a snapshot does not pass its check, it is quarantined and the job"
                            + " FAILS and names its database; the other snapshots stay.")
    @Problems({DATABASE_NOT_FOUND, IDEMPOTENCY_MISMATCH})
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping(GROUPS)
    ResponseEntity<JobJson> createGroup(
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Valid @RequestBody GroupBackupRequest request,
            @AuthenticationPrincipal Caller caller) {
        return submissions.submit(GROUPS, request.sorted(), key, deadline -> {
            var spec = new JobSpec.GroupBackup(plan(request, caller), request.verify(), deadline);
            return new JobSubmissions.Wanted(spec, request.databases());
        });
    }

    private GroupPlan plan(GroupBackupRequest request, Caller caller) {
        var members = request.databases().stream()
                .map(name -> databases.get(name, caller.visible()))
                .map(database -> new GroupPlan.Member(database.id(), TimeOrderedId.next(clock)))
                .toList();
        return new GroupPlan(
                TimeOrderedId.next(clock),
                members,
                request.labels(),
                Objects.requireNonNullElse(request.maxBytesPerSecond(), 0L),
                request.maxWalBytes());
    }

    private BackupPlan plan(BackupRequest request) {
        return new BackupPlan(
                TimeOrderedId.next(clock),
                request.method(),
                request.labels(),
                Objects.requireNonNullElse(request.maxBytesPerSecond(), 0L),
                request.maxWalBytes(),
                request.steps());
    }
}
