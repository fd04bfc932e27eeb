package dev.afterimage.api.databases;

import static dev.afterimage.problem.ProblemCode.COLLAPSE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Collapses;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.UUID;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Databases that have lost most of what they held, until somebody says that this is as it should be. */
@Tag(name = "Protection")
@RestController
@RequestMapping("/api/v1/databases/{name}/collapses")
class CollapseController {

    private final Databases databases;
    private final Collapses collapses;

    CollapseController(Databases databases, Collapses collapses) {
        this.databases = databases;
        this.collapses = collapses;
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "listCollapses",
            summary = "List when a database lost most of its content",
            description =
                    "Newest first, those that were acknowledged too. While one is not, the database is COLLAPSED, and"
                            + " the newest good snapshot from before it is kept, whatever a policy or an expiry says.")
    @Problems(DATABASE_NOT_FOUND)
    @GetMapping
    Listing<CollapseJson> list(@PathVariable String name) {
        var items = collapses.list(databases.get(name).id()).stream()
                .map(CollapseJson::of)
                .toList();
        return new Listing<>(items, null);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(
            operationId = "acknowledgeCollapse",
            summary = "Acknowledge that a database lost most of its content",
            description = "Its protection and its retention then are as if nothing had happened, so that what it held"
                    + " before may go. Doing it again changes nothing.")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND, COLLAPSE_NOT_FOUND})
    @PutMapping("/{snapshotId}/acknowledgement")
    CollapseJson acknowledge(@PathVariable String name, @PathVariable UUID snapshotId) {
        var database = databases.get(name);
        return CollapseJson.of(collapses.acknowledge(database, snapshotId));
    }
}
