package dev.afterimage.api.follow;

import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.LOG_DAMAGED;
import static dev.afterimage.problem.ProblemCode.STORAGE_UNREACHABLE;

import dev.afterimage.access.Scope;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.follow.TimeLines;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What became of databases. */
@Tag(name = "Following")
@RestController
class TimeLineController {

    private static final Duration USUAL_SPAN = Duration.ofDays(1);
    private static final Duration FINEST = Duration.ofMillis(100);
    private static final int USUAL_PIECES = 288;
    private static final int MOST_PIECES = 10_000;

    private final Databases databases;
    private final TimeLines lines;
    private final Clock clock;

    TimeLineController(Databases databases, TimeLines lines, Clock clock) {
        this.databases = databases;
        this.lines = lines;
        this.clock = clock;
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "getTimeLine",
            summary = "Show what became of a database",
            description =
                    "Commits, pages and bytes over time, changes of the schema, snapshots, between which moments any can be"
                            + " restored, and the gaps with both edges. What is not in the repository yet is not in it. Of a database"
                            + " that was never followed it has the snapshots alone.")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND, LOG_DAMAGED, STORAGE_UNREACHABLE})
    @GetMapping("/api/v1/databases/{name}/timeline")
    TimeLineJson get(
            @PathVariable String name,
            @Parameter(description = "Inclusive; default: a day before `to`") @RequestParam(required = false) @Nullable
                    Instant from,
            @Parameter(description = "Exclusive; default: now") @RequestParam(required = false) @Nullable Instant to,
            @Parameter(
                            description =
                                    "Length of the pieces, from 100ms, of which there may be 10,000; default: the time in 288 pieces",
                            example = "1m",
                            schema = @Schema(type = "string"))
                    @RequestParam(required = false)
                    @Nullable
                    Duration resolution) {
        var database = databases.get(name);
        var end = Objects.requireNonNullElseGet(to, clock::instant);
        var begin = Objects.requireNonNullElseGet(from, () -> end.minus(USUAL_SPAN));
        if (!begin.isBefore(end)) {
            throw InvalidField.refused("from", "must be before to");
        }
        var span = Duration.between(begin, end);
        var pieces = Objects.requireNonNullElseGet(resolution, () -> usual(span));
        if (pieces.compareTo(FINEST) < 0 || span.dividedBy(pieces) > MOST_PIECES) {
            throw InvalidField.refused("resolution", "must be at least 100ms, and make at most 10,000 pieces");
        }
        return TimeLineJson.of(name, lines.of(database, begin, end, pieces));
    }

    private static Duration usual(Duration span) {
        var piece = span.dividedBy(USUAL_PIECES);
        return piece.compareTo(FINEST) < 0 ? FINEST : Duration.ofMillis(piece.toMillis());
    }
}
