package dev.afterimage.api.snapshots;

import static dev.afterimage.problem.ProblemCode.CONTENT_UNREADABLE;
import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.FOLLOW_BEHIND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.LOG_DAMAGED;
import static dev.afterimage.problem.ProblemCode.MOMENT_NOT_REACHABLE;
import static dev.afterimage.problem.ProblemCode.OBJECTS_ARCHIVED;
import static dev.afterimage.problem.ProblemCode.SERVICE_BUSY;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_DAMAGED;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_QUARANTINED;
import static dev.afterimage.problem.ProblemCode.STORAGE_FULL;
import static dev.afterimage.problem.ProblemCode.STORAGE_UNREACHABLE;

import dev.afterimage.access.Scope;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.fields.StateName;
import dev.afterimage.api.http.CopiesRead;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.content.PageDifference;
import dev.afterimage.content.Schema;
import dev.afterimage.content.SchemaDifference;
import dev.afterimage.limits.Limits;
import dev.afterimage.restore.StagedSnapshots;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletResponse;
import java.util.HashSet;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What is in snapshots. */
@Tag(name = "Snapshots")
@RestController
@RequestMapping("/api/v1/snapshots/{id}")
class SchemaController {

    private final States states;
    private final StagedSnapshots staged;
    private final Limits limits;

    SchemaController(States states, StagedSnapshots staged, Limits limits) {
        this.states = states;
        this.staged = staged;
        this.limits = limits;
    }

    @Needs(value = Scope.READ, reach = Reach.SNAPSHOT, givesContent = true)
    @Operation(
            operationId = "getSnapshotSchema",
            summary = "Show the schema of a snapshot",
            description =
                    "Tables with their rows counted, indexes, views and triggers. For this the snapshot is written"
                            + " to the staging directory, and waits there five minutes for the next look into it.")
    @Problems({
        INVALID_REQUEST,
        SNAPSHOT_NOT_FOUND,
        DATABASE_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        FOLLOW_BEHIND,
        LOG_DAMAGED,
        SNAPSHOT_QUARANTINED,
        SNAPSHOT_DAMAGED,
        CONTENT_UNREADABLE,
        SERVICE_BUSY,
        STORAGE_FULL,
        STORAGE_UNREACHABLE,
        OBJECTS_ARCHIVED
    })
    @GetMapping("/schema")
    SchemaJson schema(@PathVariable StateName id, HttpServletResponse response) {
        var snapshot = states.available(id);
        try (var _ = limits.staging();
                var file = staged.stage(snapshot, null)) {
            CopiesRead.tell(file.copiesRead(), response);
            return SchemaJson.of(Schema.of(file.file()));
        }
    }

    @Needs(value = Scope.READ, reach = Reach.SNAPSHOT, givesContent = true)
    @Operation(
            operationId = "compareSnapshots",
            summary = "Compare two snapshots",
            description = "What was added, removed or changed in the schema, and how many rows each table has in both."
                    + " They need not be of the same database. For this both are written to the staging directory,"
                    + " and wait there five minutes for the next look into them.")
    @Problems({
        INVALID_REQUEST,
        SNAPSHOT_NOT_FOUND,
        DATABASE_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        FOLLOW_BEHIND,
        LOG_DAMAGED,
        SNAPSHOT_QUARANTINED,
        SNAPSHOT_DAMAGED,
        CONTENT_UNREADABLE,
        SERVICE_BUSY,
        STORAGE_FULL,
        STORAGE_UNREACHABLE,
        OBJECTS_ARCHIVED
    })
    @GetMapping("/diff/{other}")
    DifferenceJson difference(
            @PathVariable StateName id,
            @PathVariable StateName other,
            @Parameter(description = "Also compare page by page, and tell to which tables changed pages belong")
                    @RequestParam(defaultValue = "false")
                    boolean pages,
            HttpServletResponse response) {
        var before = states.available(id);
        var after = states.available(other);
        if (pages) {
            requirePagesOfOneSize(before, after);
        }
        try (var _ = limits.staging();
                var first = staged.stage(before, null);
                var second = staged.stage(after, null)) {
            var copies = new HashSet<>(first.copiesRead());
            copies.addAll(second.copiesRead());
            CopiesRead.tell(copies, response);
            return DifferenceJson.of(
                    SchemaDifference.between(Schema.of(first.file()), Schema.of(second.file())),
                    pages ? PageDifference.between(first.file(), second.file()) : null);
        }
    }

    private static void requirePagesOfOneSize(Snapshot before, Snapshot after) {
        int sizeBefore = before.content().pageSize();
        int sizeAfter = after.content().pageSize();
        if (sizeBefore != sizeAfter) {
            var message = "must be false, since the pages are of %d and of %d bytes".formatted(sizeBefore, sizeAfter);
            throw InvalidField.refused("pages", message);
        }
    }
}
