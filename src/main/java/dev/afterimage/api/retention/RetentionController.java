package dev.afterimage.api.retention;

import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.STORAGE_UNREACHABLE;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.RetentionPolicies;
import dev.afterimage.jobs.work.PeriodicPrune;
import dev.afterimage.retention.RetentionPlans;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Which snapshots stay. */
@Tag(name = "Retention")
@RestController
@RequestMapping("/api/v1")
class RetentionController {

    private static final String OF_DATABASE = "/databases/{name}/retention";
    private static final String DEFAULT = "/retention";

    private final Databases databases;
    private final RetentionPolicies policies;
    private final RetentionPlans plans;
    private final PeriodicPrune prune;

    RetentionController(Databases databases, RetentionPolicies policies, RetentionPlans plans, PeriodicPrune prune) {
        this.databases = databases;
        this.policies = policies;
        this.plans = plans;
        this.prune = prune;
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "getRetention",
            summary = "Show the retention policy of a database",
            description = "The policy that is in force: the database's own, else the default.")
    @Problems(DATABASE_NOT_FOUND)
    @GetMapping(OF_DATABASE)
    RetentionJson get(@PathVariable String name) {
        var databaseId = databases.get(name).id();
        var inForce = policies.inForce(databaseId);
        return json(inForce, plans.due(databaseId, inForce.policy()));
    }

    private RetentionJson json(RetentionPolicies.InForce inForce, @Nullable Integer snapshotsDue) {
        return RetentionJson.of(inForce, snapshotsDue, prune.nextLookAt());
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(
            operationId = "setRetention",
            summary = "Set the retention policy of a database",
            description =
                    "Replaces the whole policy. One without any field keeps all, whatever the default says. Nothing is"
                            + " deleted until a PRUNE job runs: `snapshotsDue` tells how many then, and a preview which.")
    @Problems(DATABASE_NOT_FOUND)
    @PutMapping(OF_DATABASE)
    RetentionJson set(@PathVariable String name, @Valid @RequestBody RetentionPolicyJson request) {
        var database = databases.get(name);
        var due = plans.due(database.id(), request.policy());
        policies.set(database.id(), request.policy());
        return json(policies.inForce(database.id()), due);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(
            operationId = "removeRetention",
            summary = "Remove the retention policy of a database",
            description = "From then on the default holds for it.")
    @Problems(DATABASE_NOT_FOUND)
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping(OF_DATABASE)
    void remove(@PathVariable String name) {
        policies.remove(databases.get(name).id());
    }

    @Needs(value = Scope.READ, reach = Reach.NONE)
    @Operation(operationId = "getDefaultRetention", summary = "Show the default retention policy")
    @GetMapping(DEFAULT)
    RetentionJson getDefault() {
        return json(policies.byDefault(), null);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "setDefaultRetention",
            summary = "Set the default retention policy",
            description =
                    "Replaces the whole policy. Snapshots of databases that were removed stay. Nothing is deleted until a PRUNE"
                            + " job runs: `snapshotsDue` tells how many then.")
    @PutMapping(DEFAULT)
    RetentionJson setDefault(@Valid @RequestBody RetentionPolicyJson request) {
        var due = plans.dueByDefault(request.policy());
        policies.setDefault(request.policy());
        return json(policies.byDefault(), due);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "removeDefaultRetention",
            summary = "Remove the default retention policy",
            description = "From then on all snapshots stay of databases that have no policy of their own.")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping(DEFAULT)
    void removeDefault() {
        policies.removeDefault();
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "previewRetention",
            summary = "Preview a retention policy",
            description = "Of the policy in the body, else of the one in force. Nothing is changed.")
    @Problems({DATABASE_NOT_FOUND, STORAGE_UNREACHABLE})
    @PostMapping(OF_DATABASE + "/preview")
    RetentionPreviewJson preview(
            @PathVariable String name, @Valid @RequestBody(required = false) @Nullable RetentionPolicyJson body) {
        var databaseId = databases.get(name).id();
        var policy = body == null ? policies.inForce(databaseId).policy() : body.policy();
        return RetentionPreviewJson.of(policy, plans.preview(databaseId, policy));
    }
}
