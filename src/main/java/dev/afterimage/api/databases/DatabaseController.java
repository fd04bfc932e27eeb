package dev.afterimage.api.databases;

import static dev.afterimage.problem.ProblemCode.APPLICATION_ELSEWHERE;
import static dev.afterimage.problem.ProblemCode.DATABASE_BUSY;
import static dev.afterimage.problem.ProblemCode.DATABASE_EXISTS;
import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.NOT_A_DATABASE;
import static dev.afterimage.problem.ProblemCode.PATH_NOT_ALLOWED;
import static dev.afterimage.problem.ProblemCode.SOURCE_CORRUPT;
import static dev.afterimage.problem.ProblemCode.SOURCE_INCOMPLETE;
import static dev.afterimage.problem.ProblemCode.SOURCE_LOCKED;
import static dev.afterimage.problem.ProblemCode.SOURCE_UNREADABLE;
import static java.util.stream.Collectors.toMap;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Cursor;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.PageQuery;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.Page;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.protection.RecentProtections;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.sqlite.live.SourceException;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The registered databases. */
@Tag(name = "Databases")
@RestController
@RequestMapping("/api/v1/databases")
class DatabaseController {

    private final Databases databases;
    private final DatabasePaths paths;
    private final Jobs jobs;
    private final DatabaseDescriptions descriptions;
    private final RecentProtections protections;

    DatabaseController(
            Databases databases,
            DatabasePaths paths,
            Jobs jobs,
            DatabaseDescriptions descriptions,
            RecentProtections protections) {
        this.databases = databases;
        this.paths = paths;
        this.jobs = jobs;
        this.descriptions = descriptions;
        this.protections = protections;
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "registerDatabase",
            summary = "Register a database",
            description = "The file is opened once, read-only, to see that it is an SQLite database; nothing in it or"
                    + " beside it changes. A name that was registered before takes up its snapshots again.")
    @Problems({
        INVALID_REQUEST,
        DATABASE_EXISTS,
        PATH_NOT_ALLOWED,
        NOT_A_DATABASE,
        SOURCE_UNREADABLE,
        SOURCE_INCOMPLETE,
        SOURCE_CORRUPT,
        SOURCE_LOCKED,
        APPLICATION_ELSEWHERE
    })
    @ResponseStatus(HttpStatus.CREATED)
    @PostMapping
    ResponseEntity<DatabaseJson> register(@Valid @RequestBody NewDatabase request) {
        var path = provenDatabase(request.path());
        var database = databases.add(request.name(), DatabasePaths.given(request.path()), path, request.labels());
        return ResponseEntity.created(URI.create(DatabaseJson.path(database.name())))
                .body(descriptions.whole(database));
    }

    private Path provenDatabase(String path) {
        var resolved = paths.existing(path);
        try {
            DatabaseFacts.read(resolved);
        } catch (SourceException.HotJournal e) { // a database, whose writer crashed: its first backup rolls it back
            return resolved;
        } catch (SourceException.Missing e) {
            throw notThere(e);
        }
        return resolved;
    }

    /** Of a path that somebody has just written down: no file was ever seen there that could be put back. */
    private static ProblemException notThere(SourceException.Missing e) {
        var path = e.path();
        var missing = path;
        while (missing.getParent() != null && Files.notExists(missing.getParent())) {
            missing = missing.getParent();
        }
        return new ProblemException(
                Problem.of(
                        ProblemCode.SOURCE_UNREADABLE,
                        path + " cannot be read: there is no such "
                                + (missing.equals(path) ? "file" : "directory as " + missing),
                        "See how the path is spelled: GET /api/v1/discovery/candidates lists the databases under the roots that are not"
                                + " registered. It has to be the path by which the service sees the file: in a container the one inside of"
                                + " it, where the directory has to be mounted.",
                        Map.of("path", path.toString())),
                e);
    }

    @Needs(value = Scope.READ, reach = Reach.REQUEST)
    @Operation(
            operationId = "listDatabases",
            summary = "List the databases",
            description =
                    "By name, unless `sort` says otherwise. Their files are only looked at with `live=true`, which opens each"
                            + " of them. Where `protection` or `sort` decides which are listed, it is as of `protectionAt` of the summary.")
    @Problems(INVALID_REQUEST)
    @GetMapping
    Listing<DatabaseJson> list(
            @Parameter(description = "Whether to read each file's size, page count and journal mode now")
                    @RequestParam(defaultValue = "false")
                    boolean live,
            @Valid @ModelAttribute DatabaseQuery query,
            @Valid @ModelAttribute PageQuery part,
            @AuthenticationPrincipal Caller caller) {
        var page = query.isPlain() ? byName(caller, part) : found(query, caller, part);
        return new Listing<>(
                live ? descriptions.live(page.items()) : descriptions.registered(page.items()), page.next());
    }

    private Page<Database, String> byName(Caller caller, PageQuery part) {
        var rows = databases.list(caller.visible(), Cursor.key(part.cursor()), part.limit() + 1);
        return Page.of(rows, part.limit(), last -> Cursor.of(last.name()));
    }

    /** How well a database is protected is in no row: it is judged of all, and kept for a few seconds. */
    private Page<Database, String> found(DatabaseQuery query, Caller caller, PageQuery part) {
        var after = Cursor.read(part.cursor(), DatabaseQuery.Place::parse);
        var names = databases.names(caller.visible(), query.sought());
        var places = protections.all(caller.visible()).databases().stream()
                .filter(seen -> names.contains(seen.protection().database()) && query.wants(seen))
                .map(query::place)
                .filter(place -> after == null || place.compareTo(after) > 0)
                .sorted()
                .limit(part.limit() + 1L)
                .toList();
        var page = Page.of(places, part.limit(), place -> Cursor.of(place.toString()));
        var rows = databases
                .named(page.items().stream().map(DatabaseQuery.Place::name).toList())
                .stream()
                .collect(toMap(Database::name, database -> database));
        return new Page<>(
                page.items().stream()
                        .flatMap(place -> Stream.ofNullable(rows.get(place.name()))) // removed meanwhile
                        .toList(),
                page.next());
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "getDatabase",
            summary = "Show a database",
            description = "With what the file says now. When it cannot be read, those fields are null and `problem`"
                    + " tells why.")
    @Problems(DATABASE_NOT_FOUND)
    @GetMapping("/{name}")
    DatabaseJson get(@PathVariable String name) {
        return descriptions.whole(databases.get(name));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(
            operationId = "changeDatabase",
            summary = "Change the path, the labels or the greatest age of a database, or whether it needs a copy",
            description = "A `path` that is equal to `givenPath` follows the symbolic links in it anew.")
    @Problems({
        INVALID_REQUEST,
        DATABASE_NOT_FOUND,
        DATABASE_BUSY,
        PATH_NOT_ALLOWED,
        NOT_A_DATABASE,
        SOURCE_UNREADABLE,
        SOURCE_INCOMPLETE,
        SOURCE_CORRUPT,
        SOURCE_LOCKED,
        APPLICATION_ELSEWHERE
    })
    @PatchMapping("/{name}")
    DatabaseJson change(
            @PathVariable String name,
            @Valid @RequestBody DatabaseChange request,
            @AuthenticationPrincipal Caller caller) {
        var database = databases.get(name);
        if (request.path() != null) {
            caller.requireAllDatabases("Another path"); // it may be that of a database that does not exist for them
        }
        if (request.path() != null && jobs.pending(name)) { // they are about the file at the path of before
            throw busy(database);
        }
        var path = request.path() == null ? null : provenDatabase(request.path());
        var given = request.path() == null ? null : DatabasePaths.given(request.path());
        return descriptions.whole(databases.change(name, given, path, request.labels(), request.newDemands()));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(
            operationId = "removeDatabase",
            summary = "Unregister a database",
            description = "Its file is not touched. Its snapshots stay, and can be listed with"
                    + " `GET /snapshots?database=<name>`.")
    @Problems({DATABASE_NOT_FOUND, DATABASE_BUSY})
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping("/{name}")
    void remove(@PathVariable String name) {
        var database = databases.get(name);
        if (jobs.pending(name)) {
            throw busy(database);
        }
        databases.remove(database);
    }

    private static ProblemException busy(Database database) {
        return new ProblemException(
                Problem.of(ProblemCode.DATABASE_BUSY, "Jobs of '%s' wait or run".formatted(database.name())));
    }
}
