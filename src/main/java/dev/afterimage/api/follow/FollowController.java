package dev.afterimage.api.follow;

import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.FOLLOW_BEHIND;
import static dev.afterimage.problem.ProblemCode.FOLLOW_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.NOT_FOLLOWABLE;
import static dev.afterimage.problem.ProblemCode.SERVICE_BUSY;
import static dev.afterimage.problem.ProblemCode.SOURCE_LOCKED;
import static dev.afterimage.problem.ProblemCode.SOURCE_UNREADABLE;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.follow.Followers;
import dev.afterimage.follow.Follows;
import dev.afterimage.follow.Moments;
import dev.afterimage.limits.Limits;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.time.Duration;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Following databases: every commit is taken. */
@Tag(name = "Following")
@RestController
@RequestMapping("/api/v1/databases/{name}/follow")
class FollowController {

    private static final String WAIT = "30s";

    private final Databases databases;
    private final Follows follows;
    private final Followers followers;
    private final Moments moments;
    private final Limits limits;

    FollowController(Databases databases, Follows follows, Followers followers, Moments moments, Limits limits) {
        this.databases = databases;
        this.follows = follows;
        this.followers = followers;
        this.moments = moments;
        this.limits = limits;
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "getFollow",
            summary = "Show how far a database is followed",
            description = "Its state, up to which commit it is taken and stored, and what is in the way.")
    @Problems({DATABASE_NOT_FOUND, FOLLOW_NOT_FOUND})
    @GetMapping
    FollowJson get(@PathVariable String name) {
        return describe(databases.get(name));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(
            operationId = "putFollow",
            summary = "Follow a database",
            description =
                    "From now on every commit is taken, and is in the repository about an `interval` later: any moment can be"
                            + " restored. The database must be in WAL mode, on a disk of this machine. While it is followed, a reader"
                            + " is always there, and the service runs the checkpoints that this keeps the application's own from"
                            + " doing.")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND, NOT_FOLLOWABLE, SOURCE_UNREADABLE, SOURCE_LOCKED})
    @PutMapping
    FollowJson put(@PathVariable String name, @Valid @RequestBody(required = false) @Nullable FollowRequest request) {
        var database = databases.get(name);
        followers.follow(
                database,
                Objects.requireNonNullElse(request, FollowRequest.DEFAULT).policy());
        return describe(database);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(
            operationId = "deleteFollow",
            summary = "Follow a database no more",
            description = "What was taken stays, and goes with the snapshots from which it is replayed.")
    @Problems({DATABASE_NOT_FOUND, FOLLOW_NOT_FOUND})
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping
    void delete(@PathVariable String name) {
        followers.unfollow(databases.get(name));
    }

    @Needs(value = Scope.OPERATE, reach = Reach.DATABASE)
    @Operation(
            operationId = "pauseFollow",
            summary = "Pause following a database",
            description =
                    "Takes what is committed, and then holds nothing of the database until it is resumed: before the application"
                            + " changes its journal mode, or wants the database to itself. What it commits meanwhile may be"
                            + " missed; then there is a gap in the time line.")
    @Problems({DATABASE_NOT_FOUND, FOLLOW_NOT_FOUND})
    @PostMapping("/pause")
    FollowJson pause(@PathVariable String name) {
        var database = databases.get(name);
        followers.pause(database);
        return describe(database);
    }

    @Needs(value = Scope.OPERATE, reach = Reach.DATABASE)
    @Operation(
            operationId = "resumeFollow",
            summary = "Resume following a database",
            description = "Goes on without a gap where the WAL still has all that was committed meanwhile.")
    @Problems({DATABASE_NOT_FOUND, FOLLOW_NOT_FOUND, NOT_FOLLOWABLE, SOURCE_UNREADABLE, SOURCE_LOCKED})
    @PostMapping("/resume")
    FollowJson resume(@PathVariable String name) {
        var database = databases.get(name);
        followers.resume(database);
        return describe(database);
    }

    @Needs(value = Scope.OPERATE, reach = Reach.DATABASE)
    @Operation(
            operationId = "flushFollow",
            summary = "Wait until all that was committed is stored",
            description =
                    "Answers when the repository has every commit from before the request: before a migration, or when a container"
                            + " is about to stop (preStop).")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND, FOLLOW_NOT_FOUND, FOLLOW_BEHIND, SERVICE_BUSY})
    @PostMapping("/flush")
    FlushJson flush(
            @PathVariable String name,
            @Parameter(
                            description = "How long to wait at most, from 1s to 10m",
                            example = WAIT,
                            schema = @Schema(type = "string"))
                    @RequestParam(defaultValue = WAIT)
                    @DurationMin(seconds = 1)
                    @DurationMax(minutes = 10)
                    Duration wait) {
        var database = databases.get(name);
        try (var _ = limits.waiting()) {
            return FlushJson.of(moments.flush(database, wait));
        }
    }

    private FollowJson describe(Database database) {
        return FollowJson.of(database.name(), follows.get(database), followers.standing(database));
    }
}
