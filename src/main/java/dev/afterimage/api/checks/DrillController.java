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
import dev.afterimage.api.databases.DatabaseJson;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.http.Cursor;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.PageQuery;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.api.jobs.IdempotencyKey;
import dev.afterimage.api.jobs.JobJson;
import dev.afterimage.api.jobs.JobSubmissions;
import dev.afterimage.api.snapshots.States;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Drills;
import dev.afterimage.check.Drill;
import dev.afterimage.check.DrillChoice;
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
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Drills: restores that are made as a proof. */
@Tag(name = "Drills")
@RestController
@RequestMapping("/api/v1/databases/{name}/drills")
class DrillController {

    private final Databases databases;
    private final Drills drills;
    private final States states;
    private final Copies copies;
    private final JobSubmissions submissions;

    DrillController(Databases databases, Drills drills, States states, Copies copies, JobSubmissions submissions) {
        this.databases = databases;
        this.drills = drills;
        this.states = states;
        this.copies = copies;
        this.submissions = submissions;
    }

    @Needs(value = Scope.OPERATE, reach = Reach.DATABASE)
    @Operation(
            operationId = "createDrill",
            summary = "Run a drill now",
            description =
                    "Submits a job that restores a snapshot from the storage to a staging file, lets SQLite check it, measures"
                            + " how long both take, and deletes the file. When it does not pass, the job FAILED, the snapshot is"
                            + " QUARANTINED, and the database is FAILING until a later drill, or a check of a snapshot that is at"
                            + " least as new, passes. With `from` it restores what that copy of the repository has: nothing is"
                            + " QUARANTINED then, and only a later drill ends FAILING.")
    @Problems({
        DATABASE_NOT_FOUND,
        SNAPSHOT_NOT_FOUND,
        COPY_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        FOLLOW_BEHIND,
        LOG_DAMAGED,
        SERVICE_BUSY,
        IDEMPOTENCY_MISMATCH
    })
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping
    ResponseEntity<JobJson> create(
            @PathVariable String name,
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Valid @RequestBody(required = false) @Nullable DrillRequest body) {
        var request = Objects.requireNonNullElse(body, DrillRequest.DEFAULT);
        return submissions.submit(DatabaseJson.path(name) + "/drills", request, key, deadline -> {
            var database = databases.get(name);
            var copy = request.from();
            if (copy != null) {
                copies.get(copy);
            }
            requireTogether(request);
            boolean ofMoment = request.at() != null || request.commit() != null;
            if (!drills.canBeMade(database.id(), copy)) {
                throw Drill.noSnapshot(name, copy);
            }
            var spec = new JobSpec.Drill(
                    database.id(),
                    request.snapshot(),
                    ofMoment
                            ? states.at(database, request.at(), request.commit())
                                    .id()
                            : null,
                    request.verify(),
                    copy,
                    request.assertions().stream().map(AssertionJson::assertion).toList(),
                    deadline);
            return JobSubmissions.Wanted.of(spec, name);
        });
    }

    /** A copy has the snapshots that were copied there, and not one that is only made now. */
    private static void requireTogether(DrillRequest request) {
        if (request.at() != null && request.commit() != null) {
            throw InvalidField.refused("commit", "must be left out where `at` is given");
        }
        boolean ofMoment = request.at() != null || request.commit() != null || request.snapshot() == DrillChoice.MOMENT;
        if (ofMoment && request.from() != null) {
            throw InvalidField.refused("from", "must be left out where a moment is restored");
        }
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "listDrills",
            summary = "List the drills of a database",
            description = "Newest first. The last 100 are remembered.")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND})
    @GetMapping
    Listing<DrillJson> list(@PathVariable String name, @Valid @ModelAttribute PageQuery part) {
        return Listing.of(drills.list(databases.get(name).id(), Cursor.id(part.cursor()), part.limit()), DrillJson::of);
    }
}
