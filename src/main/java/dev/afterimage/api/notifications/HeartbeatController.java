package dev.afterimage.api.notifications;

import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.HEARTBEAT_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.WEBHOOK_TARGET_REFUSED;

import dev.afterimage.access.Scope;
import dev.afterimage.api.fields.UrlText;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.notify.Heartbeats;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Who hears of each good backup, to raise the alarm when none comes. */
@Tag(name = "Webhooks")
@RestController
@RequestMapping("/api/v1/databases/{name}/heartbeat")
class HeartbeatController {

    private final Databases databases;
    private final Heartbeats heartbeats;

    HeartbeatController(Databases databases, Heartbeats heartbeats) {
        this.databases = databases;
        this.heartbeats = heartbeats;
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(operationId = "getHeartbeat", summary = "Show the heartbeat of a database")
    @Problems({DATABASE_NOT_FOUND, HEARTBEAT_NOT_FOUND})
    @GetMapping
    HeartbeatJson get(@PathVariable String name) {
        return HeartbeatJson.of(heartbeats.get(databases.get(name)));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(
            operationId = "putHeartbeat",
            summary = "Set the heartbeat of a database",
            description =
                    "A GET, when a backup has succeeded, with its check unless `verify` is NONE, or a schedule skipped one because nothing has"
                            + " changed. What is not answered with 2xx is tried four times within minutes. Let a monitor at that URL"
                            + " raise the alarm when it hears nothing.")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND, WEBHOOK_TARGET_REFUSED})
    @PutMapping
    HeartbeatJson put(@PathVariable String name, @Valid @RequestBody HeartbeatRequest request) {
        heartbeats.put(databases.get(name).id(), UrlText.parse(request.url()));
        return get(name);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(operationId = "deleteHeartbeat", summary = "Remove the heartbeat of a database")
    @Problems({DATABASE_NOT_FOUND, HEARTBEAT_NOT_FOUND})
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping
    void delete(@PathVariable String name) {
        heartbeats.remove(databases.get(name));
    }
}
