package dev.afterimage.api.schedules;

import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Cursor;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.PageQuery;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.schedule.ScheduleRun;
import dev.afterimage.schedule.ScheduleRuns;
import dev.afterimage.schedule.UpcomingRuns;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What schedules do, across all databases. */
@Tag(name = "Schedules")
@RestController
@RequestMapping("/api/v1/runs")
class RunController {

    private final UpcomingRuns upcoming;
    private final ScheduleRuns runs;

    RunController(UpcomingRuns upcoming, ScheduleRuns runs) {
        this.upcoming = upcoming;
        this.runs = runs;
    }

    @Needs(value = Scope.READ, reach = Reach.REQUEST)
    @Operation(
            operationId = "listUpcomingRuns",
            summary = "List what is due next",
            description =
                    "The next due time of each schedule that is not paused, of all databases, the next one first.")
    @Problems(INVALID_REQUEST)
    @GetMapping("/upcoming")
    Listing<UpcomingRunJson> upcoming(@Valid @ModelAttribute PageQuery part, @AuthenticationPrincipal Caller caller) {
        var page = upcoming.list(caller.visible(), Cursor.read(part.cursor(), UpcomingRuns.Place::parse), part.limit());
        return Listing.of(page, UpcomingRunJson::of);
    }

    @Needs(value = Scope.READ, reach = Reach.REQUEST)
    @Operation(
            operationId = "listRuns",
            summary = "List what became of due times",
            description = "Of all databases, newest first; of each schedule the last 100.")
    @Problems(INVALID_REQUEST)
    @GetMapping
    Listing<RunOfDatabaseJson> list(
            @Parameter(description = "Only those in this state") @RequestParam(required = false)
                    ScheduleRun.@Nullable State state,
            @Valid @ModelAttribute PageQuery part,
            @AuthenticationPrincipal Caller caller) {
        var page = runs.list(caller.visible(), state, Cursor.id(part.cursor()), part.limit());
        return Listing.of(page, RunOfDatabaseJson::of);
    }
}
