package dev.afterimage.api.repository;

import static dev.afterimage.problem.ProblemCode.COPY_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.IDEMPOTENCY_MISMATCH;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.REPOSITORY_HELD;
import static dev.afterimage.problem.ProblemCode.REPOSITORY_NOT_ADOPTABLE;
import static dev.afterimage.problem.ProblemCode.STORAGE_FULL;
import static dev.afterimage.problem.ProblemCode.STORAGE_UNREACHABLE;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.api.jobs.IdempotencyKey;
import dev.afterimage.api.jobs.JobJson;
import dev.afterimage.api.jobs.JobSubmissions;
import dev.afterimage.copies.Copies;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.recovery.AdoptedRepository;
import dev.afterimage.recovery.HeldRepository;
import dev.afterimage.retention.RepositoryGrowth;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The repository as a whole. */
@Tag(name = "Repository")
@RestController
@RequestMapping(RepositoryController.PATH)
public class RepositoryController {

    public static final String PATH = "/api/v1/repository";

    private final RepositoryDescriptions descriptions;
    private final AdoptedRepository adopted;
    private final HeldRepository held;
    private final Copies copies;
    private final RepositoryGrowth growth;
    private final JobSubmissions submissions;

    RepositoryController(
            RepositoryDescriptions descriptions,
            AdoptedRepository adopted,
            HeldRepository held,
            Copies copies,
            RepositoryGrowth growth,
            JobSubmissions submissions) {
        this.descriptions = descriptions;
        this.adopted = adopted;
        this.held = held;
        this.copies = copies;
        this.growth = growth;
        this.submissions = submissions;
    }

    @Needs(value = Scope.READ, reach = Reach.SERVICE)
    @Operation(
            operationId = "getRepository",
            summary = "Show the size of the repository",
            description = "The objects on the storage are counted when it is asked for.")
    @Problems(STORAGE_UNREACHABLE)
    @GetMapping
    RepositoryJson get() {
        return descriptions.all();
    }

    @Needs(value = Scope.READ, reach = Reach.SERVICE)
    @Operation(
            operationId = "listRepositoryUsage",
            summary = "Show what the repository took from day to day",
            description =
                    "As it was counted last on each day, oldest first; days on which the service did not run are left out."
                            + " Kept for two years. The storage keeps count by itself: nothing is walked through.")
    @Problems(INVALID_REQUEST)
    @GetMapping("/usage")
    Listing<RepositoryUsageJson> usage(
            @Parameter(description = "How many days, with the present one")
                    @RequestParam(defaultValue = "90")
                    @Min(1)
                    @Max(732)
                    int days) {
        growth.latest(); // of today, for the next who asks
        return new Listing<>(
                growth.days(days).stream().map(RepositoryUsageJson::of).toList(), null);
    }

    @Needs(value = Scope.OPERATE, reach = Reach.SERVICE)
    @Operation(
            operationId = "createRepositoryCheck",
            summary = "Check the repository",
            description =
                    "Submits a job that compares stored layers with their checksums, and manifests with what they and"
                            + " the catalog name. When it finds damage, the job FAILED with REPOSITORY_DAMAGED, and the"
                            + " snapshots concerned are QUARANTINED; LOG_DAMAGED when only segments of logs are damaged."
                            + " When something could only not be read, it FAILED with"
                            + " REPOSITORY_UNREADABLE, and the snapshots stay as they are.")
    @Problems(IDEMPOTENCY_MISMATCH)
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping("/checks")
    ResponseEntity<JobJson> check(
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Valid @RequestBody(required = false) @Nullable RepositoryCheckRequest body) {
        var request = Objects.requireNonNullElse(body, RepositoryCheckRequest.DEFAULT);
        return submissions.submit(
                PATH + "/checks",
                request,
                key,
                deadline ->
                        new JobSubmissions.Wanted(new JobSpec.RepositoryCheck(request.share(), deadline), List.of()));
    }

    @Needs(value = Scope.OPERATE, reach = Reach.SERVICE)
    @Operation(
            operationId = "repairRepository",
            summary = "Repair the repository from its copies",
            description =
                    "Submits a job that reads all that snapshots need, and brings back from a copy what is damaged or"
                            + " missing, byte for byte: each object is proven before the damaged one goes. Snapshots of"
                            + " which all is there again are not QUARANTINED any more. When something is left that no"
                            + " copy has whole, the job FAILED with REPOSITORY_DAMAGED, which lists it, and all else is"
                            + " repaired.")
    @Problems({COPY_NOT_FOUND, IDEMPOTENCY_MISMATCH})
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping("/repair")
    ResponseEntity<JobJson> repair(
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Valid @RequestBody(required = false) @Nullable RepairRequest body) {
        var request = Objects.requireNonNullElse(body, RepairRequest.DEFAULT);
        return submissions.submit(PATH + "/repair", request, key, deadline -> {
            requireCopy(request.from());
            return new JobSubmissions.Wanted(new JobSpec.Repair(request.order(), deadline), List.of());
        });
    }

    private void requireCopy(@Nullable String name) {
        if (name != null) {
            copies.get(name);
        } else if (copies.all().isEmpty()) {
            throw new ProblemException(Problem.of(
                    ProblemCode.COPY_NOT_FOUND,
                    "No copy of the repository is configured from which it could be repaired"));
        }
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "adoptRepository",
            summary = "Adopt a repository",
            description =
                    "From now on the service uses the repository that its storage has: after the catalog was lost, or"
                            + " when the repository was replaced on purpose. One without an id, be it empty or not, gets"
                            + " this one. Rebuild the catalog afterwards, so that it knows the snapshots.")
    @Problems({REPOSITORY_NOT_ADOPTABLE, STORAGE_UNREACHABLE, STORAGE_FULL})
    @PostMapping("/adopt")
    AdoptionJson adopt(@Valid @RequestBody AdoptionRequest body) {
        return AdoptionJson.of(adopted.adopt(body.id(), body.force()));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "takeRepositoryLease",
            summary = "Take the repository over from another service",
            description =
                    "From now on this service writes to the repository, and the one that did so stores and deletes nothing"
                            + " any more as soon as it notices; it goes on reading and restoring. For when that one is gone"
                            + " for good. What is this service's already stays so.")
    @Problems({REPOSITORY_HELD, STORAGE_UNREACHABLE, STORAGE_FULL})
    @PostMapping("/lease")
    LeaseJson takeLease(@Valid @RequestBody LeaseRequest body) {
        return LeaseJson.of(held.takeOver(body.epoch()), true);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "rebuildCatalog",
            summary = "Rebuild the catalog from the repository",
            description =
                    "Submits a job that records the databases and snapshots which only the repository knows, and brings"
                            + " back what was set in a catalog that was lost: the newest copy of it that is whole is in"
                            + " the repository. What was set since stays as it is, so it can be run at any time, and"
                            + " again.")
    @Problems(IDEMPOTENCY_MISMATCH)
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping("/rebuild")
    ResponseEntity<JobJson> rebuild(
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Valid @RequestBody(required = false) @Nullable RebuildRequest body) {
        var request = Objects.requireNonNullElse(body, RebuildRequest.DEFAULT);
        return submissions.submit(
                PATH + "/rebuild",
                request,
                key,
                deadline -> new JobSubmissions.Wanted(new JobSpec.Rebuild(request.order(), deadline), List.of()));
    }
}
