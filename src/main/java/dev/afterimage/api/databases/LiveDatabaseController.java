package dev.afterimage.api.databases;

import static dev.afterimage.problem.ProblemCode.APPLICATION_ELSEWHERE;
import static dev.afterimage.problem.ProblemCode.DATABASE_MOVED;
import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.NOT_A_DATABASE;
import static dev.afterimage.problem.ProblemCode.PATH_NOT_ALLOWED;
import static dev.afterimage.problem.ProblemCode.SOURCE_CORRUPT;
import static dev.afterimage.problem.ProblemCode.SOURCE_INCOMPLETE;
import static dev.afterimage.problem.ProblemCode.SOURCE_LOCKED;
import static dev.afterimage.problem.ProblemCode.SOURCE_UNREADABLE;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.backup.Outlooks;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.sqlite.live.Checkpoint;
import dev.afterimage.sqlite.live.Holders;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The live databases, and who else uses them. */
@Tag(name = "Databases")
@RestController
@RequestMapping("/api/v1/databases/{name}")
class LiveDatabaseController {

    private final Databases databases;
    private final DatabasePaths paths;
    private final Outlooks outlooks;

    LiveDatabaseController(Databases databases, DatabasePaths paths, Outlooks outlooks) {
        this.databases = databases;
        this.paths = paths;
        this.outlooks = outlooks;
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "listHolders",
            summary = "List the processes that have a database open or locked",
            description = "By process id, as Linux tells it; the files are not opened. Without privileges, of other"
                    + " users' processes only those that hold locks are seen; of processes in other containers, none.")
    @Problems({DATABASE_NOT_FOUND, PATH_NOT_ALLOWED, DATABASE_MOVED, SOURCE_UNREADABLE})
    @GetMapping("/holders")
    Listing<HolderJson> holders(@PathVariable String name) {
        return new Listing<>(Holders.of(live(name)).stream().map(HolderJson::of).toList(), null);
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "listMethods",
            summary = "Show by which methods a database could be backed up now",
            description =
                    "Each is tried out as far as nobody waits and nothing changes: so a method that is `possible` can"
                            + " still meet what only the reading of pages shows, and a database that is locked at this moment can be"
                            + " free the next. With what each would have writers wait, and which one AUTO would take and why.")
    @Problems(DATABASE_NOT_FOUND)
    @GetMapping("/methods")
    MethodsJson methods(@PathVariable String name) {
        return MethodsJson.of(outlooks.of(databases.get(name)), DatabaseJson.path(name) + "/methods");
    }

    @Needs(value = Scope.OPERATE, reach = Reach.DATABASE)
    @Operation(
            operationId = "checkpointDatabase",
            summary = "Checkpoint the WAL of a database",
            description = "Writes to the database file, without changing what is in the database: PRAGMA"
                    + " wal_checkpoint. That readers or writers are in the way is an answer, `busy`. When nobody has"
                    + " the database open, SQLite then deletes the WAL. In rollback-journal mode nothing is done.")
    @Problems({
        INVALID_REQUEST,
        DATABASE_NOT_FOUND,
        PATH_NOT_ALLOWED,
        NOT_A_DATABASE,
        SOURCE_UNREADABLE,
        SOURCE_INCOMPLETE,
        SOURCE_CORRUPT,
        SOURCE_LOCKED,
        APPLICATION_ELSEWHERE,
        DATABASE_MOVED
    })
    @PostMapping("/checkpoint")
    CheckpointJson checkpoint(
            @PathVariable String name, @Valid @RequestBody(required = false) @Nullable CheckpointRequest body) {
        var request = Objects.requireNonNullElse(body, CheckpointRequest.DEFAULT);
        return CheckpointJson.of(Checkpoint.run(live(name), request.mode(), request.patience()));
    }

    private Path live(String name) {
        return paths.existing(databases.get(name));
    }
}
