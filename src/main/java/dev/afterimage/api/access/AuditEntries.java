package dev.afterimage.api.access;

import dev.afterimage.access.AuditEntry;
import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import dev.afterimage.api.fields.IdText;
import dev.afterimage.api.fields.StateName;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Reach;
import dev.afterimage.api.http.RequestIds;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import io.swagger.v3.oas.annotations.Operation;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerMapping;

/** Says of requests what the audit remembers. */
@Component
class AuditEntries {

    private static final Set<String> LOOKING = Set.of("GET", "HEAD");
    private static final Set<ProblemCode> HIDDEN =
            Set.of(ProblemCode.DATABASE_NOT_FOUND, ProblemCode.SNAPSHOT_NOT_FOUND, ProblemCode.JOB_NOT_FOUND);
    private static final String JOBS = "/api/v1/jobs/";
    private static final String DATABASES = "/api/v1/databases/";
    private static final int LONGEST_PATH = 500;

    private final Snapshots snapshots;
    private final Jobs jobs;
    private final Clock clock;

    AuditEntries(Snapshots snapshots, Jobs jobs, Clock clock) {
        this.snapshots = snapshots;
        this.jobs = jobs;
        this.clock = clock;
    }

    /** Whether the request is one to change something. */
    boolean changes(HttpServletRequest request, Needs needs) {
        return needs.value() != Scope.READ && !LOOKING.contains(request.getMethod());
    }

    /**
     * Whether a request was answered that there is no such thing, although there may be one that does not exist for its caller:
     * such as when somebody tries what else there is.
     */
    boolean mayBeSearch(HttpServletRequest request) {
        return CurrentCaller.find().filter(caller -> caller.visible().limited()).isPresent()
                && request.getAttribute(ProblemCode.class.getName()) instanceof ProblemCode code
                && HIDDEN.contains(code);
    }

    /** Of a request as it comes in. */
    AuditEntry of(HttpServletRequest request, @Nullable HandlerMethod operation) {
        var caller = CurrentCaller.find();
        var path = request.getRequestURI();
        return new AuditEntry(
                TimeOrderedId.next(clock),
                Instant.ofEpochMilli(clock.millis()),
                caller.map(Caller::id).orElse(null),
                caller.map(Caller::name).orElse(null),
                operation == null ? null : id(operation),
                request.getMethod(),
                path.substring(0, Math.min(path.length(), LONGEST_PATH)),
                operation == null ? List.of() : databases(operation, variables(request)),
                null,
                request.getRemoteAddr(),
                RequestIds.of(request),
                null,
                1);
    }

    private static String id(HandlerMethod operation) {
        var described = operation.getMethodAnnotation(Operation.class);
        return described == null ? operation.getMethod().getName() : described.operationId();
    }

    @SuppressWarnings("unchecked") // as the attribute is documented
    static Map<String, String> variables(HttpServletRequest request) {
        var variables = request.getAttribute(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE);
        return variables == null ? Map.of() : (Map<String, String>) variables;
    }

    private List<String> databases(HandlerMethod operation, Map<String, String> path) {
        var needs = operation.getMethodAnnotation(Needs.class);
        return switch (needs == null ? Reach.NONE : needs.reach()) {
            case DATABASE -> List.of(path.getOrDefault("name", ""));
            case SNAPSHOT ->
                Stream.of("id", "other") // one that is compared with another
                        .flatMap(name -> ofState(path.get(name)).stream())
                        .distinct()
                        .toList();
            case JOB -> id(path.get("id")).map(this::ofJob).orElse(List.of());
            case GROUP, REQUEST, NONE, SERVICE -> List.of(); // known when there is a job
        };
    }

    private Optional<String> ofState(@Nullable String text) {
        try {
            return text == null ? Optional.empty() : ofState(StateName.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private Optional<String> ofState(StateName name) {
        return switch (name) {
            case StateName.OfSnapshot(var id) -> snapshots.find(id).map(Snapshot::databaseName);
            case StateName.AtTime moment -> Optional.of(moment.database());
            case StateName.AfterCommit moment -> Optional.of(moment.database());
        };
    }

    private static Optional<UUID> id(@Nullable String text) {
        try {
            return Optional.ofNullable(text).map(IdText::parse);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private List<String> ofJob(UUID id) {
        try {
            return jobs.get(id).databases();
        } catch (ProblemException e) { // there is none
            return List.of();
        }
    }

    /** What a request turned out to be about, by what it made. */
    List<String> databases(AuditEntry begun, @Nullable String made) {
        if (made != null && made.startsWith(JOBS)) {
            return id(made.substring(JOBS.length())).map(this::ofJob).orElse(List.of());
        }
        return made != null && made.startsWith(DATABASES)
                ? List.of(made.substring(DATABASES.length()))
                : begun.databases();
    }

    /** How it was answered. */
    AuditEntry.Outcome outcome(HttpServletRequest request, HttpServletResponse response) {
        var code = request.getAttribute(ProblemCode.class.getName());
        return new AuditEntry.Outcome(response.getStatus(), code == null ? null : code.toString());
    }
}
