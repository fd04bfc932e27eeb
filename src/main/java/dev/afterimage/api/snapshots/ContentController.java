package dev.afterimage.api.snapshots;

import static dev.afterimage.problem.ProblemCode.CONTENT_UNREADABLE;
import static dev.afterimage.problem.ProblemCode.COPY_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.FOLLOW_BEHIND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.LOG_DAMAGED;
import static dev.afterimage.problem.ProblemCode.MOMENT_NOT_REACHABLE;
import static dev.afterimage.problem.ProblemCode.OBJECTS_ARCHIVED;
import static dev.afterimage.problem.ProblemCode.PRECONDITION_FAILED;
import static dev.afterimage.problem.ProblemCode.QUERY_REFUSED;
import static dev.afterimage.problem.ProblemCode.QUERY_TOO_LARGE;
import static dev.afterimage.problem.ProblemCode.QUERY_TOO_SLOW;
import static dev.afterimage.problem.ProblemCode.RANGE_NOT_SATISFIABLE;
import static dev.afterimage.problem.ProblemCode.SERVICE_BUSY;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_DAMAGED;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.SNAPSHOT_QUARANTINED;
import static dev.afterimage.problem.ProblemCode.STORAGE_FULL;
import static dev.afterimage.problem.ProblemCode.STORAGE_UNREACHABLE;

import dev.afterimage.access.Scope;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.fields.StateName;
import dev.afterimage.api.http.AnswerHeaders;
import dev.afterimage.api.http.ByteRange;
import dev.afterimage.api.http.CopiesRead;
import dev.afterimage.api.http.LogText;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.api.http.RequestIds;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.check.Quarantines;
import dev.afterimage.copies.Copies;
import dev.afterimage.limits.Limits;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.read.SnapshotReader;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.coyote.CloseNowException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Downloads of snapshots. */
@Tag(name = "Snapshots")
@RestController
class ContentController {

    private static final Logger log = LoggerFactory.getLogger(ContentController.class);
    private static final String ALLOW_DAMAGED =
            "Also when the snapshot is quarantined. Stored bytes that are damaged are not given in any case";
    private static final String FORMAT =
            "`sqlite`: the database file. `sql`: text from which the sqlite3 shell (3.40 or"
                    + " newer) makes an equal database: `sqlite3 new.db < file.sql`. It is in one transaction, so that a part of it"
                    + " makes nothing; parts cannot be asked for";
    private static final String FROM =
            "The copy of the repository that alone is read; left out, the repository is, and its copies where that fails";
    private static final String TABLES =
            "With `format=sql`: the rows of this table alone, or of these, as INSERT statements in one transaction, for a database that has the"
                    + " table: `sqlite3 -bail orders.db < file.sql`. Columns are named; rowids are given only where a column has them";
    private static final String WHERE =
            "With `table`: a condition in SQL, such as `customer = 42`. It may only read, as queries may; only rows for which it is true are given";
    private static final int MOST_TABLES = 100;
    private static final String FORMATS = "sqlite|sql";
    private static final String UNKNOWN_FORMAT = "must be one of sqlite, sql";
    private static final int BUFFER_BYTES = 64 * 1024;

    private final States states;
    private final Snapshots snapshots;
    private final Repository repository;
    private final SqlContent sql;
    private final Quarantines quarantines;
    private final Copies copies;
    private final Limits limits;

    ContentController(
            States states,
            Snapshots snapshots,
            Repository repository,
            SqlContent sql,
            Quarantines quarantines,
            Copies copies,
            Limits limits) {
        this.states = states;
        this.snapshots = snapshots;
        this.repository = repository;
        this.sql = sql;
        this.quarantines = quarantines;
        this.copies = copies;
        this.limits = limits;
    }

    @Needs(value = Scope.READ, reach = Reach.SNAPSHOT, givesContent = true)
    @Operation(
            operationId = "downloadSnapshot",
            summary = "Download a snapshot as an SQLite file, or as SQL",
            description =
                    "Every byte was proven before it is sent; when the stored snapshot turns out to be damaged on"
                            + " the way, the connection breaks and the body stays shorter than its Content-Length; all snapshots that need"
                            + " what is damaged are then quarantined. Range,"
                            + " If-Range, If-Match, If-None-Match and their kin are honoured; several ranges at once get the"
                            + " whole file. The header Afterimage-Copies-Read names the copies of the repository that were read, as far as"
                            + " that is known when the body begins. As SQL it comes in chunks, of which the last is missing when something goes wrong.")
    @Parameter(
            name = "Range",
            in = ParameterIn.HEADER,
            description = "One range of bytes, such as bytes=0-99",
            schema = @Schema(type = "string"))
    @ApiResponse(
            responseCode = "200",
            description = "The file",
            content = {
                @Content(mediaType = SnapshotContent.MEDIA_TYPE, schema = @Schema(type = "string", format = "binary")),
                @Content(mediaType = SqlContent.MEDIA_TYPE, schema = @Schema(type = "string"))
            })
    @ApiResponse(
            responseCode = "206",
            description = "The range of it",
            content =
                    @Content(
                            mediaType = SnapshotContent.MEDIA_TYPE,
                            schema = @Schema(type = "string", format = "binary")))
    @ApiResponse(responseCode = "304", description = "The client has it already", content = @Content)
    @Problems({
        INVALID_REQUEST,
        SNAPSHOT_NOT_FOUND,
        DATABASE_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        FOLLOW_BEHIND,
        LOG_DAMAGED,
        COPY_NOT_FOUND,
        SNAPSHOT_QUARANTINED,
        PRECONDITION_FAILED,
        RANGE_NOT_SATISFIABLE,
        SNAPSHOT_DAMAGED,
        CONTENT_UNREADABLE,
        QUERY_REFUSED,
        QUERY_TOO_LARGE,
        QUERY_TOO_SLOW,
        SERVICE_BUSY,
        STORAGE_FULL,
        STORAGE_UNREACHABLE,
        OBJECTS_ARCHIVED
    })
    @GetMapping("/api/v1/snapshots/{id}/content")
    void download(
            @PathVariable StateName id,
            @Parameter(description = FORMAT, schema = @Schema(allowableValues = {"sqlite", "sql"}))
                    @RequestParam(defaultValue = "sqlite")
                    @Pattern(regexp = FORMATS, message = UNKNOWN_FORMAT)
                    String format,
            @Parameter(description = TABLES, example = "orders")
                    @RequestParam(defaultValue = "")
                    @Size(max = MOST_TABLES)
                    List<String> table,
            @Parameter(description = WHERE, example = "customer = 42") @RequestParam(required = false) @Nullable
                    String where,
            @Parameter(description = ALLOW_DAMAGED) @RequestParam(defaultValue = "false") boolean allowDamaged,
            @Parameter(description = FROM) @RequestParam(required = false) @Nullable String from,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        requireSqlForRows(format, table, where);
        answer(id, format, table, where, allowDamaged, from, request, response);
    }

    @Needs(value = Scope.READ, reach = Reach.SNAPSHOT)
    @Operation(
            operationId = "headSnapshotContent",
            summary = "Show the headers of a download",
            description =
                    "Size, ETag, digest and file name, without the file, and without a look at what is stored of it.")
    @ApiResponse(responseCode = "200", description = "The headers", content = @Content)
    @ApiResponse(responseCode = "304", description = "The client has it already", content = @Content)
    @Problems({
        INVALID_REQUEST,
        SNAPSHOT_NOT_FOUND,
        DATABASE_NOT_FOUND,
        MOMENT_NOT_REACHABLE,
        FOLLOW_BEHIND,
        LOG_DAMAGED,
        SERVICE_BUSY,
        COPY_NOT_FOUND,
        SNAPSHOT_QUARANTINED,
        PRECONDITION_FAILED
    })
    @RequestMapping(path = "/api/v1/snapshots/{id}/content", method = RequestMethod.HEAD)
    void head(
            @PathVariable StateName id,
            @Parameter(description = FORMAT, schema = @Schema(allowableValues = {"sqlite", "sql"}))
                    @RequestParam(defaultValue = "sqlite")
                    @Pattern(regexp = FORMATS, message = UNKNOWN_FORMAT)
                    String format,
            @Parameter(description = TABLES, example = "orders")
                    @RequestParam(defaultValue = "")
                    @Size(max = MOST_TABLES)
                    List<String> table,
            @Parameter(description = WHERE, example = "customer = 42") @RequestParam(required = false) @Nullable
                    String where,
            @Parameter(description = ALLOW_DAMAGED) @RequestParam(defaultValue = "false") boolean allowDamaged,
            @Parameter(description = FROM) @RequestParam(required = false) @Nullable String from,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        requireSqlForRows(format, table, where);
        answer(id, format, table, where, allowDamaged, from, request, response);
    }

    private static void requireSqlForRows(String format, List<String> tables, @Nullable String where) {
        if (!tables.isEmpty() && !format.equals("sql")) {
            throw InvalidField.refused("table", "goes with format=sql only");
        }
        if (where != null && tables.isEmpty()) {
            throw InvalidField.refused("where", "goes with a table only");
        }
    }

    private void answer(
            StateName id,
            String format,
            List<String> tables,
            @Nullable String where,
            boolean allowDamaged,
            @Nullable String from,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        if (from != null) {
            copies.get(from);
        }
        var named = states.get(id);
        var snapshot = allowDamaged ? named : snapshots.available(named.id());
        try {
            if (format.equals("sql")) {
                sql.answer(snapshot, tables, where, from, request, response);
            } else {
                answer(snapshot, from, request, response);
            }
        } catch (ProblemException e) {
            refuse(snapshot.id(), from == null ? e : ofCopy(e), response);
        }
    }

    private void answer(
            Snapshot snapshot, @Nullable String from, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        var content = new SnapshotContent(snapshot);
        if (content.notModified(request, response)) {
            return;
        }
        var range = content.range(request);
        if (!request.getMethod().equals("GET")) {
            content.writeHeaders(range, response);
            return;
        }
        var body = limits.paced(response.getOutputStream());
        byte[] end;
        try (var _ = limits.download(); // before the reader: it has the indexes of all layers in memory
                var reader = open(snapshot, from)) {
            content.writeHeaders(range, response);
            CopiesRead.tell(reader.copiesRead(), response);
            end = copyAllButItsEnd(reader, range, body);
            if (from == null && !reader.copiesRead().isEmpty()) {
                log.warn(
                        "Some of snapshot {} could not be read in the repository, or was damaged there, and was read from its copy {}",
                        snapshot.id(),
                        reader.copiesRead());
            }
        }
        body.write(end); // only now: a client that has it may begin another download, and this one must not count then
    }

    /** What is wrong there is no damage of the repository, for which snapshots would be quarantined. */
    private static ProblemException ofCopy(ProblemException e) {
        return new ProblemException(e.problem(), e);
    }

    private SnapshotReader open(Snapshot snapshot, @Nullable String from) {
        return from == null
                ? repository.open(snapshot.databaseId(), snapshot.id())
                : repository.openOf(from, snapshot.databaseId(), snapshot.id());
    }

    /** @return its last byte, if it has any */
    private static byte[] copyAllButItsEnd(SeekableByteChannel reader, ByteRange range, OutputStream body)
            throws IOException {
        var buffer = ByteBuffer.allocate(BUFFER_BYTES);
        long left = range.length();
        int end = 0;
        reader.position(range.first());
        while (left > 0) {
            buffer.clear().limit((int) Math.min(left, BUFFER_BYTES));
            int read = reader.read(buffer);
            left -= read;
            end = left == 0 ? 1 : 0;
            body.write(buffer.array(), 0, read - end);
        }
        return Arrays.copyOfRange(buffer.array(), buffer.position() - end, buffer.position());
    }

    /** When bytes are on their way already, only a broken connection can tell that they are not all. */
    private void refuse(UUID id, ProblemException e, HttpServletResponse response) throws CloseNowException {
        if (!response.isCommitted()) {
            var requestId = response.getHeader(RequestIds.HEADER);
            response.reset(); // the headers that promised the content
            response.setHeader(RequestIds.HEADER, requestId);
            AnswerHeaders.set(response);
            throw e;
        }
        quarantines.met(e);
        log.warn("The download of snapshot {} broke off: {}", id, LogText.of(e.getMessage()));
        throw new CloseNowException(String.valueOf(e.getMessage()), e);
    }
}
