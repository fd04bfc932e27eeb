package dev.afterimage.api.repository;

import static dev.afterimage.problem.ProblemCode.COPY_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.IDEMPOTENCY_MISMATCH;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Cursor;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.PageQuery;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.api.jobs.IdempotencyKey;
import dev.afterimage.api.jobs.JobJson;
import dev.afterimage.api.jobs.JobSubmissions;
import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.copies.Copies;
import dev.afterimage.copies.CopyStates;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.work.CopyUpkeep;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The copies of the repository in other places. */
@Tag(name = "Repository")
@RestController
@RequestMapping(RepositoryCopyController.PATH)
class RepositoryCopyController {

    static final String PATH = RepositoryController.PATH + "/copies";

    private final Copies copies;
    private final CopyStates states;
    private final CopiedSnapshots copied;
    private final CopyUpkeep upkeep;
    private final JobSubmissions submissions;
    private final Clock clock;

    RepositoryCopyController(
            Copies copies,
            CopyStates states,
            CopiedSnapshots copied,
            CopyUpkeep upkeep,
            JobSubmissions submissions,
            Clock clock) {
        this.copies = copies;
        this.states = states;
        this.copied = copied;
        this.upkeep = upkeep;
        this.submissions = submissions;
        this.clock = clock;
    }

    @Needs(value = Scope.READ, reach = Reach.SERVICE)
    @Operation(
            operationId = "listRepositoryCopies",
            summary = "List the copies of the repository",
            description =
                    "Those that are configured, by name, as the last jobs have left them. Their places are not asked.")
    @GetMapping
    List<RepositoryCopyJson> list() {
        var now = clock.instant();
        return states.all().stream()
                .map(told -> RepositoryCopyJson.of(
                        told, upkeep.pending(told.copy().name()).map(Job::id).orElse(null), now))
                .toList();
    }

    @Needs(value = Scope.READ, reach = Reach.SERVICE)
    @Operation(
            operationId = "listCopiedSnapshots",
            summary = "List the snapshots of a copy",
            description =
                    "Newest first, as the last jobs have left them; also those that the copy keeps longer than the"
                            + " repository, which `extract --repository <location>` reads.")
    @Problems({COPY_NOT_FOUND, INVALID_REQUEST})
    @GetMapping("/{name}/snapshots")
    Listing<CopiedSnapshotJson> snapshots(@PathVariable String name, @Valid @ModelAttribute PageQuery part) {
        copies.get(name);
        return Listing.of(copied.there(name, Cursor.id(part.cursor()), part.limit()), CopiedSnapshotJson::of);
    }

    @Needs(value = Scope.OPERATE, reach = Reach.SERVICE)
    @Operation(
            operationId = "copyRepository",
            summary = "Copy the repository",
            description = "Submits a job that brings a copy what it lacks, and deletes there what was deleted from the"
                    + " repository, if the settings say so. The service does so by itself whenever a copy is"
                    + " behind. When such a job waits already, the answer is that one.")
    @Problems({COPY_NOT_FOUND, IDEMPOTENCY_MISMATCH})
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping("/{name}/copy")
    ResponseEntity<JobJson> copy(
            @PathVariable String name,
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Valid @RequestBody(required = false) @Nullable CopyRequest body) {
        copies.get(name);
        var request = Objects.requireNonNullElse(body, CopyRequest.DEFAULT);
        boolean anew = Boolean.TRUE.equals(request.anew());
        var waiting = upkeep.pending(name)
                .filter(job -> job.state() == JobState.QUEUED)
                .filter(job -> job.spec() instanceof JobSpec.Copy copy && copy.all());
        return waiting.isPresent() && !anew
                ? JobSubmissions.accepted(waiting.get())
                : submissions.submit(
                        PATH + "/" + name,
                        request,
                        key,
                        deadline -> new JobSubmissions.Wanted(new JobSpec.Copy(name, anew, true, deadline), List.of()));
    }
}
