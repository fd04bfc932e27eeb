package dev.afterimage.api.snapshots;

import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.FOLLOW_BEHIND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.LAST_GOOD_SNAPSHOT;
import static dev.afterimage.problem.ProblemCode.LOG_DAMAGED;
import static dev.afterimage.problem.ProblemCode.MOMENT_NOT_REACHABLE;
import static dev.afterimage.problem.ProblemCode.SERVICE_BUSY;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_PINNED;
import static dev.afterimage.problem.ProblemCode.STORAGE_UNREACHABLE;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import dev.afterimage.api.fields.StateName;
import dev.afterimage.api.http.Cursor;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.PageQuery;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.RetentionPolicies;
import dev.afterimage.catalog.snapshots.SnapshotFilter;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.retention.SnapshotRemoval;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The snapshots. */
@Tag(name = "Snapshots")
@RestController
@RequestMapping("/api/v1")
class SnapshotController {

    private final Databases databases;
    private final Snapshots snapshots;
    private final States states;
    private final RetentionPolicies policies;
    private final SnapshotRemoval removal;

    SnapshotController(
            Databases databases,
            Snapshots snapshots,
            States states,
            RetentionPolicies policies,
            SnapshotRemoval removal) {
        this.databases = databases;
        this.snapshots = snapshots;
        this.states = states;
        this.policies = policies;
        this.removal = removal;
    }

    @Needs(value = Scope.READ, reach = Reach.REQUEST)
    @Operation(operationId = "listSnapshots", summary = "List the snapshots", description = "Newest first.")
    @Problems(INVALID_REQUEST)
    @GetMapping("/snapshots")
    Listing<SnapshotJson> list(
            @Parameter(description = "Only those of this database, registered or removed", example = "orders")
                    @RequestParam(required = false)
                    @Nullable
                    String database,
            @ModelAttribute SnapshotQuery query,
            @Valid @ModelAttribute PageQuery part,
            @AuthenticationPrincipal Caller caller) {
        return list(query.filter(database).within(caller.visible()), part);
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "listSnapshotsOfDatabase",
            summary = "List the snapshots of a database",
            description = "Newest first.")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND})
    @GetMapping("/databases/{name}/snapshots")
    Listing<SnapshotJson> listOf(
            @PathVariable String name, @ModelAttribute SnapshotQuery query, @Valid @ModelAttribute PageQuery part) {
        return list(query.filter(databases.get(name).name()), part);
    }

    private Listing<SnapshotJson> list(SnapshotFilter filter, PageQuery part) {
        return Listing.of(snapshots.list(filter, Cursor.snapshot(part.cursor()), part.limit()), SnapshotJson::of);
    }

    @Needs(value = Scope.READ, reach = Reach.SNAPSHOT)
    @Operation(operationId = "getSnapshot", summary = "Show a snapshot")
    @Problems({
        INVALID_REQUEST,
        SNAPSHOT_NOT_FOUND,
        DATABASE_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        FOLLOW_BEHIND,
        LOG_DAMAGED,
        SERVICE_BUSY
    })
    @GetMapping("/snapshots/{id}")
    SnapshotJson get(@PathVariable StateName id) {
        return SnapshotJson.of(states.get(id));
    }

    @Needs(value = Scope.OPERATE, reach = Reach.SNAPSHOT, freesSpace = true)
    @Operation(
            operationId = "changeSnapshot",
            summary = "Change labels, pin or expiry of a snapshot",
            description =
                    "What lets it go sooner needs scope ADMIN, as its deletion does: to unpin it, to let it expire when it"
                            + " did not, or earlier than it did, or to take away the labels by which the policy in force keeps it.")
    @Problems({INVALID_REQUEST, SNAPSHOT_NOT_FOUND})
    @PatchMapping("/snapshots/{id}")
    SnapshotJson change(
            @PathVariable UUID id, @Valid @RequestBody SnapshotChange request, @AuthenticationPrincipal Caller caller) {
        var expiry = request.expiresAt();
        var present = snapshots.get(id);
        if (request.letsGoSooner(present, policies.inForce(present.databaseId()).policy())) {
            caller.require(Scope.ADMIN);
        }
        var expiresAt = expiry == null ? null : expiry.orElse(null);
        return SnapshotJson.of(snapshots.change(id, request.labels(), request.pinned(), expiry != null, expiresAt));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SNAPSHOT)
    @Operation(
            operationId = "deleteSnapshot",
            summary = "Delete a snapshot",
            description =
                    "And free the space that only it takes. Downloads and restores that already read it go on. When the storage fails on the"
                            + " way (STORAGE_UNREACHABLE), the deletion is noted: the snapshot is seen no more, and its files go with the next prune or start.")
    @Problems({INVALID_REQUEST, SNAPSHOT_NOT_FOUND, SNAPSHOT_PINNED, LAST_GOOD_SNAPSHOT, STORAGE_UNREACHABLE})
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping("/snapshots/{id}")
    void delete(
            @PathVariable UUID id,
            @Parameter(description = "Also when it is the database's last good one. A pin always holds")
                    @RequestParam(defaultValue = "false")
                    boolean force) {
        removal.remove(id, force);
    }
}
