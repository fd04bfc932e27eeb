package dev.afterimage.api.jobs;

import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.JOB_FINISHED;
import static dev.afterimage.problem.ProblemCode.JOB_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.SERVICE_BUSY;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Cursor;
import dev.afterimage.api.http.EventStream;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.PageQuery;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.jobs.queue.JobFilter;
import dev.afterimage.jobs.queue.JobKind;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Jobs;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.Explode;
import io.swagger.v3.oas.annotations.enums.ParameterStyle;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The jobs. */
@Tag(name = "Jobs")
@RestController
@RequestMapping("/api/v1/jobs")
class JobController {

    private final Jobs jobs;
    private final JobWatch watch;

    JobController(Jobs jobs, JobWatch watch) {
        this.jobs = jobs;
        this.watch = watch;
    }

    @Needs(value = Scope.READ, reach = Reach.REQUEST)
    @Operation(operationId = "listJobs", summary = "List the jobs", description = "Newest first.")
    @Problems(INVALID_REQUEST)
    @GetMapping
    Listing<JobJson> list(
            @Parameter(description = "Only those of this database") @RequestParam(required = false) @Nullable
                    String database,
            @Parameter(
                            description = "Only of these kinds, with commas between them",
                            style = ParameterStyle.FORM,
                            explode = Explode.FALSE)
                    @RequestParam(required = false)
                    @Nullable
                    Set<JobKind> kind,
            @Parameter(
                            description = "Only in these states, with commas between them",
                            style = ParameterStyle.FORM,
                            explode = Explode.FALSE)
                    @RequestParam(required = false)
                    @Nullable
                    Set<JobState> state,
            @Parameter(description = "Only those made at this time or later") @RequestParam(required = false) @Nullable
                    Instant from,
            @Parameter(description = "Only those made before this time") @RequestParam(required = false) @Nullable
                    Instant to,
            @Valid @ModelAttribute PageQuery part,
            @AuthenticationPrincipal Caller caller) {
        var filter = new JobFilter(
                database,
                Objects.requireNonNullElse(kind, Set.of()),
                Objects.requireNonNullElse(state, Set.of()),
                from,
                to,
                caller.visible());
        var page = jobs.list(filter, Cursor.id(part.cursor()), part.limit());
        return Listing.of(page, JobJson::of);
    }

    @Needs(value = Scope.READ, reach = Reach.JOB)
    @Operation(
            operationId = "getJob",
            summary = "Show a job, or wait for its end",
            description = "With `wait`, answers when the job ends, or as it is when the time is over. The status is 200"
                    + " in either case: `state` tells which.")
    @Problems({INVALID_REQUEST, JOB_NOT_FOUND, SERVICE_BUSY})
    @GetMapping("/{id}")
    DeferredResult<JobJson> get(
            @PathVariable UUID id,
            @Parameter(
                            description = "How long to wait for the end, at most 10m",
                            example = "30s",
                            schema = @Schema(type = "string"))
                    @RequestParam(defaultValue = "0s")
                    @DurationMin
                    @DurationMax(minutes = 10)
                    Duration wait,
            @AuthenticationPrincipal Caller caller) {
        return watch.end(id, wait, caller);
    }

    @Needs(value = Scope.OPERATE, reach = Reach.JOB, freesSpace = true)
    @Operation(
            operationId = "cancelJob",
            summary = "Cancel a job",
            description = "A queued job ends at once, a running one as soon as it notices.")
    @Problems({INVALID_REQUEST, JOB_NOT_FOUND, JOB_FINISHED})
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping("/{id}/cancel")
    JobJson cancel(@PathVariable UUID id) {
        return JobJson.of(jobs.cancel(id));
    }

    @Needs(value = Scope.READ, reach = Reach.JOB)
    @Operation(
            operationId = "watchJob",
            summary = "Follow a job as server-sent events",
            description = "Server-sent events whose data is the job: `state` first and whenever its state changes,"
                    + " `progress` while it runs, `end` when it has ended, which closes the stream. It is closed as well soon after the"
                    + " token that was shown is not accepted any more.")
    @ApiResponse(
            responseCode = "200",
            description = "The events",
            content =
                    @Content(
                            mediaType = MediaType.TEXT_EVENT_STREAM_VALUE,
                            schema = @Schema(implementation = JobJson.class)))
    @Problems({INVALID_REQUEST, JOB_NOT_FOUND, SERVICE_BUSY})
    @GetMapping(path = "/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    ResponseEntity<SseEmitter> events(@PathVariable UUID id, @AuthenticationPrincipal Caller caller) {
        return EventStream.answer(watch.follow(id, caller));
    }
}
