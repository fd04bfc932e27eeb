package dev.afterimage.api.events;

import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.SERVICE_BUSY;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import dev.afterimage.api.http.EventStream;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.api.jobs.JobJson;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** All that changes, as one stream: a browser has few connections. */
@Tag(name = "Jobs")
@RestController
@RequestMapping("/api/v1/events")
class EventController {

    private final EventWatch watch;

    EventController(EventWatch watch) {
        this.watch = watch;
    }

    @Needs(value = Scope.READ, reach = Reach.REQUEST)
    @Operation(
            operationId = "watchEvents",
            summary = "Follow all that changes as server-sent events",
            description =
                    "Of the databases that exist for the caller: `job` with a job that has changed, `database` with one that was"
                            + " registered or removed, `protection` with a database that is better or worse protected, `follow` with one that is followed in another way. The first"
                            + " event is `resync`: what changed before is not told, so look anew when it comes, also after the client has"
                            + " connected again by itself. Of what changes faster than it is taken only the last is told. A comment comes"
                            + " every 15 seconds. The stream is closed soon after the token, or the session, is not accepted any more.")
    @ApiResponse(
            responseCode = "200",
            description = "The events",
            content =
                    @Content(
                            mediaType = MediaType.TEXT_EVENT_STREAM_VALUE,
                            schema =
                                    @Schema(
                                            oneOf = {
                                                JobJson.class,
                                                ProtectionChangeJson.class,
                                                FollowingChangeJson.class,
                                                RegistrationChangeJson.class,
                                                ResyncJson.class
                                            })))
    @Problems({INVALID_REQUEST, SERVICE_BUSY})
    @GetMapping(produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    ResponseEntity<SseEmitter> events(
            @Parameter(
                            description = "After which the stream is closed, at most a day",
                            example = "1h",
                            schema = @Schema(type = "string"))
                    @RequestParam(defaultValue = "24h")
                    @DurationMin(millis = 1)
                    @DurationMax(hours = 24)
                    Duration lasts,
            @AuthenticationPrincipal Caller caller) {
        return EventStream.answer(watch.tell(caller, lasts));
    }
}
