package dev.afterimage.api.snapshots;

import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.FOLLOW_BEHIND;
import static dev.afterimage.problem.ProblemCode.LOG_DAMAGED;
import static dev.afterimage.problem.ProblemCode.MOMENT_NOT_REACHABLE;
import static dev.afterimage.problem.ProblemCode.SERVICE_BUSY;
import static dev.afterimage.problem.ProblemCode.STORAGE_FULL;
import static dev.afterimage.problem.ProblemCode.STORAGE_UNREACHABLE;

import dev.afterimage.access.Scope;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.follow.Moments;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Moments of followed databases. */
@Tag(name = "Following")
@RestController
class MomentController {

    private final Databases databases;
    private final Moments moments;
    private final States states;

    MomentController(Databases databases, Moments moments, States states) {
        this.databases = databases;
        this.moments = moments;
        this.states = states;
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "findMoment",
            summary = "Find a moment of a followed database",
            description =
                    "Answers which commit is the last one in that state, and the snapshot of it, which is made where there is none"
                            + " yet. That is a snapshot as any other: checks, policies and pins are about it too. A moment in"
                            + " a gap of the log is refused with the nearest ones before and after it.")
    @Problems({
        DATABASE_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        FOLLOW_BEHIND,
        LOG_DAMAGED,
        SERVICE_BUSY,
        STORAGE_FULL,
        STORAGE_UNREACHABLE
    })
    @PostMapping("/api/v1/databases/{name}/moments")
    MomentJson find(@PathVariable String name, @Valid @RequestBody MomentRequest request) {
        if ((request.at() == null) == (request.commit() == null)) {
            throw InvalidField.refused(
                    request.at() == null ? "at" : "commit",
                    request.at() == null ? "must be given, or commit" : "must be left out where `at` is given");
        }
        var database = databases.get(name);
        var moment = states.moment(database, request.at(), request.commit());
        var snapshot = states.of(database, moment);
        return new MomentJson(
                moment.commit(), moment.takenAt(), moments.nextAt(moment).orElse(null), SnapshotJson.of(snapshot));
    }
}
