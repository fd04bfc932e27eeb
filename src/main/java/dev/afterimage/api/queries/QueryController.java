package dev.afterimage.api.queries;

import static dev.afterimage.problem.ProblemCode.CONTENT_UNREADABLE;
import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.FOLLOW_BEHIND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.LOG_DAMAGED;
import static dev.afterimage.problem.ProblemCode.MOMENT_NOT_REACHABLE;
import static dev.afterimage.problem.ProblemCode.OBJECTS_ARCHIVED;
import static dev.afterimage.problem.ProblemCode.QUERY_REFUSED;
import static dev.afterimage.problem.ProblemCode.QUERY_TOO_LARGE;
import static dev.afterimage.problem.ProblemCode.QUERY_TOO_SLOW;
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
import dev.afterimage.api.snapshots.States;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.content.QueryRows;
import dev.afterimage.limits.Limits;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.restore.StagedSnapshots;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import java.io.IOException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** SQL to what is in snapshots. */
@Tag(name = "Snapshots")
@RestController
class QueryController {

    /** Whose state is in the answer, also for those who read no JSON. */
    private static final String SNAPSHOT = "Afterimage-Snapshot";

    private static final String CREATED_AT = "Afterimage-Snapshot-Created-At";
    private static final String TRUNCATED = "Afterimage-Truncated";

    private static final String CSV = "text/csv";
    private static final String WHAT_IT_IS =
            "One statement that only reads; there is no ATTACH, no PRAGMA, and what has other effects is refused. For this the snapshot is"
                    + " written to the staging directory, and waits there five minutes for the next look into it. The answer is JSON, or CSV where `format` or the header"
                    + " Accept says so: its first line has the names of the columns, NULL is nothing and an empty text is \"\", blobs are"
                    + " Base64. The headers Afterimage-Snapshot, Afterimage-Snapshot-Created-At and Afterimage-Truncated tell the rest.";

    private final Databases databases;
    private final Snapshots snapshots;
    private final States states;
    private final StagedSnapshots staged;
    private final Limits limits;
    private final JsonMapper json;

    QueryController(
            Databases databases,
            Snapshots snapshots,
            States states,
            StagedSnapshots staged,
            Limits limits,
            JsonMapper json) {
        this.databases = databases;
        this.snapshots = snapshots;
        this.states = states;
        this.staged = staged;
        this.limits = limits;
        this.json = json;
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE, givesContent = true)
    @Operation(
            operationId = "queryDatabase",
            summary = "Ask the newest snapshot of a database, or a moment of it, in SQL",
            description =
                    "The newest one that is available: not the live database. With `at` or `commit` what it was at that moment, where it is followed. "
                            + WHAT_IT_IS)
    @ApiResponse(
            responseCode = "200",
            description = "The rows",
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON_VALUE,
                        schema = @Schema(implementation = QueryAnswerJson.class)),
                @Content(mediaType = CSV, schema = @Schema(type = "string"))
            })
    @Problems({
        INVALID_REQUEST,
        DATABASE_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        FOLLOW_BEHIND,
        LOG_DAMAGED,
        SNAPSHOT_QUARANTINED,
        SNAPSHOT_NOT_FOUND,
        SNAPSHOT_DAMAGED,
        QUERY_REFUSED,
        QUERY_TOO_LARGE,
        QUERY_TOO_SLOW,
        CONTENT_UNREADABLE,
        SERVICE_BUSY,
        STORAGE_FULL,
        STORAGE_UNREACHABLE,
        OBJECTS_ARCHIVED
    })
    @PostMapping("/api/v1/databases/{name}/query")
    void ofDatabase(
            @PathVariable String name,
            @Valid @RequestBody QueryRequest query,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        var database = databases.get(name);
        if (query.at() != null && query.commit() != null) {
            throw InvalidField.refused("commit", "must be left out where `at` is given");
        }
        boolean ofMoment = query.at() != null || query.commit() != null;
        var snapshot = ofMoment
                ? snapshots.available(
                        states.at(database, query.at(), query.commit()).id())
                : newest(database);
        answer(snapshot, query, request, response);
    }

    private Snapshot newest(Database database) {
        return snapshots.newestAvailable(database.id(), 1).stream()
                .findFirst()
                .orElseThrow(() -> new ProblemException(Problem.of(
                        ProblemCode.SNAPSHOT_NOT_FOUND,
                        "Database '%s' has no available snapshot".formatted(database.name()),
                        "Take one: POST /api/v1/databases/%s/backups.".formatted(database.name()))));
    }

    @Needs(value = Scope.READ, reach = Reach.SNAPSHOT, givesContent = true)
    @Operation(operationId = "querySnapshot", summary = "Ask a snapshot in SQL", description = WHAT_IT_IS)
    @ApiResponse(
            responseCode = "200",
            description = "The rows",
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON_VALUE,
                        schema = @Schema(implementation = QueryAnswerJson.class)),
                @Content(mediaType = CSV, schema = @Schema(type = "string"))
            })
    @Problems({
        INVALID_REQUEST,
        SNAPSHOT_NOT_FOUND,
        DATABASE_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        FOLLOW_BEHIND,
        LOG_DAMAGED,
        SNAPSHOT_QUARANTINED,
        SNAPSHOT_DAMAGED,
        QUERY_REFUSED,
        QUERY_TOO_LARGE,
        QUERY_TOO_SLOW,
        CONTENT_UNREADABLE,
        SERVICE_BUSY,
        STORAGE_FULL,
        STORAGE_UNREACHABLE,
        OBJECTS_ARCHIVED
    })
    @PostMapping("/api/v1/snapshots/{id}/query")
    void ofSnapshot(
            @PathVariable StateName id,
            @Valid @RequestBody QueryRequest query,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        if (query.at() != null || query.commit() != null) {
            throw InvalidField.refused(
                    query.at() == null ? "commit" : "at", "must be left out: the path says which state is asked");
        }
        answer(states.available(id), query, request, response);
    }

    /** Nothing is sent before the last row is known: what fails is told as a problem, and not by half an answer. */
    private void answer(Snapshot snapshot, QueryRequest query, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (format(query, request) == QueryFormat.CSV) {
            var rows = new CsvRows();
            boolean truncated = ask(snapshot, query, rows, response);
            begin(CSV + ";charset=UTF-8;header=present", snapshot, truncated, response);
            limits.paced(response.getOutputStream()).write(rows.bytes());
        } else {
            var rows = new QueryAnswerJson.Rows();
            boolean truncated = ask(snapshot, query, rows, response);
            begin(MediaType.APPLICATION_JSON_VALUE, snapshot, truncated, response);
            json.writeValue(limits.paced(response.getOutputStream()), rows.of(snapshot, truncated));
        }
    }

    private boolean ask(Snapshot snapshot, QueryRequest query, QueryRows rows, HttpServletResponse response)
            throws IOException {
        var asked = query.query(); // what is wrong with it is told before anything is written
        try (var _ = limits.staging();
                var file = staged.stage(snapshot, null)) {
            CopiesRead.tell(file.copiesRead(), response);
            return asked.run(file.file(), rows);
        }
    }

    private static void begin(String type, Snapshot snapshot, boolean truncated, HttpServletResponse response) {
        response.setContentType(type);
        response.setHeader(SNAPSHOT, snapshot.id().toString());
        response.setHeader(CREATED_AT, snapshot.createdAt().toString());
        response.setHeader(TRUNCATED, Boolean.toString(truncated));
    }

    private static QueryFormat format(QueryRequest query, HttpServletRequest request) {
        var given = query.format();
        if (given != null) {
            return given;
        }
        var accept = request.getHeader(HttpHeaders.ACCEPT);
        try {
            return MediaType.parseMediaTypes(accept).stream()
                            .anyMatch(type -> type.equalsTypeAndSubtype(MediaType.valueOf(CSV)))
                    ? QueryFormat.CSV
                    : QueryFormat.JSON;
        } catch (InvalidMediaTypeException e) {
            return QueryFormat.JSON;
        }
    }
}
