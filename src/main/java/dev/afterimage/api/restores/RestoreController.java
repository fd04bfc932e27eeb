package dev.afterimage.api.restores;

import static dev.afterimage.problem.ProblemCode.APPLICATION_ELSEWHERE;
import static dev.afterimage.problem.ProblemCode.DATABASE_MOVED;
import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.FOLLOW_BEHIND;
import static dev.afterimage.problem.ProblemCode.IDEMPOTENCY_MISMATCH;
import static dev.afterimage.problem.ProblemCode.LOG_DAMAGED;
import static dev.afterimage.problem.ProblemCode.MOMENT_NOT_REACHABLE;
import static dev.afterimage.problem.ProblemCode.PATH_NOT_ALLOWED;
import static dev.afterimage.problem.ProblemCode.SERVICE_BUSY;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_DAMAGED;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_QUARANTINED;
import static dev.afterimage.problem.ProblemCode.TARGET_EXISTS;
import static dev.afterimage.problem.ProblemCode.TARGET_NOT_REPLACEABLE;
import static dev.afterimage.problem.ProblemCode.TARGET_OTHER_DATABASE;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.api.jobs.IdempotencyKey;
import dev.afterimage.api.jobs.JobJson;
import dev.afterimage.api.jobs.JobSubmissions;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.limits.Limits;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.RestorePreviews;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Restores of snapshots, and of the snapshots of a group. */
@Tag(name = "Restores")
@RestController
class RestoreController {

    private static final String PATH = "/api/v1/restores";
    private static final String TO_MOMENT = PATH + "/moment";
    private static final String DRY_RUN = "Only answer what would happen: nothing is submitted, and no target changes";

    private final RestoreItems items;
    private final GroupRestoreItems groupItems;
    private final AllRestores allRestores;
    private final RestorePreviews previews;
    private final JobSubmissions submissions;
    private final Limits limits;

    RestoreController(
            RestoreItems items,
            GroupRestoreItems groupItems,
            AllRestores allRestores,
            RestorePreviews previews,
            JobSubmissions submissions,
            Limits limits) {
        this.items = items;
        this.groupItems = groupItems;
        this.allRestores = allRestores;
        this.previews = previews;
        this.submissions = submissions;
        this.limits = limits;
    }

    @Needs(value = Scope.OPERATE, reach = Reach.REQUEST, dryRunReads = true)
    @Operation(
            operationId = "createRestore",
            summary = "Restore a snapshot",
            description =
                    "Submits a job. A NEW_FILE appears under its name only when it is complete and checked; after a"
                            + " failure nothing of it is left. REPLACE_LIVE gives a database that applications have open"
                            + " new content: they see the old state until one commit, and the new one after it, and keep"
                            + " their connections. A `safetySnapshot` is taken first; restoring that undoes the restore."
                            + " REPLACE_FILE is for a file that nobody has open, and keeps the old one in a folder beside"
                            + " it.")
    @ApiResponse(
            responseCode = "200",
            description = "What would happen, with `dryRun`",
            content = @Content(schema = @Schema(implementation = RestorePreviewJson.class)))
    @ApiResponse(
            responseCode = "202",
            description = "Accepted",
            content = @Content(schema = @Schema(implementation = JobJson.class)))
    @Problems({
        SNAPSHOT_NOT_FOUND,
        DATABASE_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        FOLLOW_BEHIND,
        LOG_DAMAGED,
        SERVICE_BUSY,
        SNAPSHOT_QUARANTINED,
        SNAPSHOT_DAMAGED,
        PATH_NOT_ALLOWED,
        DATABASE_MOVED,
        APPLICATION_ELSEWHERE,
        TARGET_EXISTS,
        TARGET_NOT_REPLACEABLE,
        TARGET_OTHER_DATABASE,
        IDEMPOTENCY_MISMATCH
    })
    @PostMapping(PATH)
    ResponseEntity<?> create(
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Parameter(description = DRY_RUN) @RequestParam(defaultValue = "false") boolean dryRun,
            @Valid @RequestBody RestoreRequest request,
            @AuthenticationPrincipal Caller caller) {
        if (dryRun) {
            var item = items.of(request, caller);
            try (var _ = limits.staging()) { // a copy is written to compare it
                return ResponseEntity.ok(preview(item, PATH));
            }
        }
        return submissions.submit(PATH, request, key, deadline -> {
            var item = items.of(request, caller);
            var spec = new JobSpec.Restore(item, request.verify(), deadline);
            return new JobSubmissions.Wanted(spec, items.databases(List.of(item)));
        });
    }

    @Needs(value = Scope.OPERATE, reach = Reach.GROUP, dryRunReads = true)
    @Operation(
            operationId = "createGroupRestore",
            summary = "Restore a group of snapshots",
            description =
                    "Submits one job, which brings all databases of a group backup back to its moment. All"
                            + " snapshots are written and checked, and all targets are looked at, before the first target changes."
                            + " When one then cannot be replaced although others were, the job FAILS with"
                            + " GROUP_RESTORE_INCOMPLETE, which names them and their safety snapshots. `replaces` names what is replaced.")
    @ApiResponse(
            responseCode = "200",
            description = "What would happen, with `dryRun`",
            content = @Content(schema = @Schema(implementation = RestorePreviewJson.OfGroup.class)))
    @ApiResponse(
            responseCode = "202",
            description = "Accepted",
            content = @Content(schema = @Schema(implementation = JobJson.class)))
    @Problems({
        SNAPSHOT_NOT_FOUND,
        DATABASE_NOT_FOUND,
        SNAPSHOT_QUARANTINED,
        SNAPSHOT_DAMAGED,
        PATH_NOT_ALLOWED,
        DATABASE_MOVED,
        APPLICATION_ELSEWHERE,
        TARGET_EXISTS,
        TARGET_NOT_REPLACEABLE,
        TARGET_OTHER_DATABASE,
        IDEMPOTENCY_MISMATCH
    })
    @PostMapping("/api/v1/groups/{groupId}/restores")
    ResponseEntity<?> createOfGroup(
            @Parameter(description = "`groupId` of the snapshots") @PathVariable UUID groupId,
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Parameter(description = DRY_RUN) @RequestParam(defaultValue = "false") boolean dryRun,
            @Valid @RequestBody GroupRestoreRequest request,
            @AuthenticationPrincipal Caller caller) {
        var path = "/api/v1/groups/" + groupId + "/restores";
        if (dryRun) {
            var all = groupItems.of(groupId, request, caller);
            if (request.replaces() != null) {
                groupItems.requireConfirmed(request, all);
            }
            try (var _ = limits.staging()) {
                return ResponseEntity.ok(new RestorePreviewJson.OfGroup(
                        all.stream().map(item -> preview(item, path)).toList()));
            }
        }
        return submissions.submit(path, request, key, deadline -> {
            var all = groupItems.of(groupId, request, caller);
            groupItems.requireConfirmed(request, all);
            var spec = new JobSpec.GroupRestore(groupId, all, request.verify(), deadline);
            return new JobSubmissions.Wanted(spec, items.databases(all));
        });
    }

    @Needs(value = Scope.OPERATE, reach = Reach.REQUEST, dryRunReads = true)
    @Operation(
            operationId = "createMomentRestore",
            summary = "Restore several followed databases to one moment",
            description =
                    "Submits one job, as for a group: all states are written and checked, and all targets are looked at, before"
                            + " the first target changes. Where one of the databases cannot be had as it was then, nothing is submitted.")
    @ApiResponse(
            responseCode = "200",
            description = "What would happen, with `dryRun`",
            content = @Content(schema = @Schema(implementation = RestorePreviewJson.OfGroup.class)))
    @ApiResponse(
            responseCode = "202",
            description = "Accepted",
            content = @Content(schema = @Schema(implementation = JobJson.class)))
    @Problems({
        DATABASE_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        LOG_DAMAGED,
        SNAPSHOT_QUARANTINED,
        SNAPSHOT_DAMAGED,
        PATH_NOT_ALLOWED,
        DATABASE_MOVED,
        APPLICATION_ELSEWHERE,
        TARGET_EXISTS,
        TARGET_NOT_REPLACEABLE,
        TARGET_OTHER_DATABASE,
        IDEMPOTENCY_MISMATCH
    })
    @PostMapping(TO_MOMENT)
    ResponseEntity<?> createToMoment(
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Parameter(description = DRY_RUN) @RequestParam(defaultValue = "false") boolean dryRun,
            @Valid @RequestBody MomentRestoreRequest request,
            @AuthenticationPrincipal Caller caller) {
        if (dryRun) {
            var all = groupItems.of(request, caller);
            try (var _ = limits.staging()) {
                return ResponseEntity.ok(new RestorePreviewJson.OfGroup(
                        all.stream().map(item -> preview(item, TO_MOMENT)).toList()));
            }
        }
        return submissions.submit(TO_MOMENT, request, key, deadline -> {
            var all = groupItems.of(request, caller);
            var spec = new JobSpec.GroupRestore(null, all, request.verify(), deadline);
            return new JobSubmissions.Wanted(spec, items.databases(all));
        });
    }

    @Needs(value = Scope.OPERATE, reach = Reach.REQUEST, dryRunReads = true)
    @Operation(
            operationId = "createAllRestores",
            summary = "Restore all databases whose files are not there",
            description =
                    "Submits a job for each, which restores its newest good snapshot to the path of the database, as"
                            + " after the loss of a machine. What stands against one is told of that one, and the others are restored all"
                            + " the same. Databases whose files are there stay as they are unless `existing` says how to replace them.")
    @ApiResponse(
            responseCode = "200",
            description = "What would happen, with `dryRun`",
            content = @Content(schema = @Schema(implementation = AllRestoresJson.class)))
    @ApiResponse(
            responseCode = "202",
            description = "Accepted, as far as each says",
            content = @Content(schema = @Schema(implementation = AllRestoresJson.class)))
    @Problems({DATABASE_NOT_FOUND, IDEMPOTENCY_MISMATCH})
    @PostMapping(AllRestores.PATH)
    ResponseEntity<AllRestoresJson> createAll(
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Parameter(description = DRY_RUN) @RequestParam(defaultValue = "false") boolean dryRun,
            @Valid @RequestBody(required = false) @Nullable AllRestoresRequest body,
            @AuthenticationPrincipal Caller caller) {
        var request = Objects.requireNonNullElse(body, AllRestoresRequest.DEFAULT);
        return dryRun
                ? ResponseEntity.ok(allRestores.preview(request, caller))
                : ResponseEntity.accepted().body(allRestores.submit(request, key, caller));
    }

    private RestorePreviewJson preview(RestoreItem item, String path) {
        return RestorePreviewJson.of(previews.of(item, items.isFollowed(item)), path);
    }
}
