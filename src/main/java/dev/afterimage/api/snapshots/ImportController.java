package dev.afterimage.api.snapshots;

import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.IDEMPOTENCY_MISMATCH;
import static dev.afterimage.problem.ProblemCode.NOT_A_DATABASE;
import static dev.afterimage.problem.ProblemCode.STORAGE_FULL;

import dev.afterimage.access.Scope;
import dev.afterimage.api.databases.DatabaseJson;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.fields.LabelText;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.api.jobs.IdempotencyKey;
import dev.afterimage.api.jobs.JobJson;
import dev.afterimage.api.jobs.JobSubmissions;
import dev.afterimage.backup.ImportFile;
import dev.afterimage.backup.ImportFiles;
import dev.afterimage.backup.ImportPlan;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.limits.Limits;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.validation.Valid;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Imports of old backups. The body is the file itself, and goes from the network to the disk without being held in memory. */
@Tag(name = "Snapshots")
@RestController
class ImportController {

    private static final String SQLITE = "application/vnd.sqlite3";
    private static final String BYTES = MediaType.APPLICATION_OCTET_STREAM_VALUE;
    private static final String LABEL = "label";

    private final Databases databases;
    private final ImportFiles files;
    private final JobSubmissions submissions;
    private final Jobs jobs;
    private final Limits limits;
    private final Clock clock;

    ImportController(
            Databases databases, ImportFiles files, JobSubmissions submissions, Jobs jobs, Limits limits, Clock clock) {
        this.databases = databases;
        this.files = files;
        this.submissions = submissions;
        this.jobs = jobs;
        this.limits = limits;
        this.clock = clock;
    }

    @Needs(value = Scope.OPERATE, reach = Reach.DATABASE)
    @Operation(
            operationId = "importSnapshot",
            summary = "Import a snapshot",
            description =
                    "The body is a plain SQLite file. When all of it has arrived, this submits a job, which checks the file,"
                            + " stores what the nearest other snapshot does not have, and reads that back. A file that does not pass"
                            + " its check leaves no snapshot: the job FAILS with CHECK_FAILED, and `messages`.",
            parameters =
                    @Parameter(
                            name = LABEL,
                            in = ParameterIn.QUERY,
                            description =
                                    "A label of the snapshot, as `key=value`, such as `from=tape`; repeat it for more",
                            array = @ArraySchema(schema = @Schema(type = "string"))),
            requestBody =
                    @RequestBody(
                            required = true,
                            description = "The file, byte for byte, at most afterimage.imports.max-size",
                            content = {
                                @Content(mediaType = BYTES, schema = @Schema(type = "string", format = "binary")),
                                @Content(mediaType = SQLITE, schema = @Schema(type = "string", format = "binary"))
                            }))
    @Problems({DATABASE_NOT_FOUND, NOT_A_DATABASE, IDEMPOTENCY_MISMATCH, STORAGE_FULL})
    @ResponseStatus(HttpStatus.ACCEPTED)
    @PostMapping(
            path = "/api/v1/databases/{name}/snapshots",
            consumes = {BYTES, SQLITE})
    ResponseEntity<JobJson> create(
            @PathVariable String name,
            @RequestHeader(name = IdempotencyKey.HEADER, required = false) @IdempotencyKey @Nullable String key,
            @Valid @ModelAttribute ImportQuery query,
            HttpServletRequest http)
            throws IOException {
        var database = databases.get(name);
        var labels = LabelText.parse(LABEL, http.getParameterValues(LABEL));
        requireNotInFuture(query.createdAt());
        var snapshotId = snapshotId(query.createdAt());
        var received = receive(snapshotId, http);
        boolean needed = false;
        try {
            var request = query.of(labels, received.sha256());
            var answer = submissions.submit(DatabaseJson.path(name) + "/snapshots", request, key, deadline -> {
                var plan = plan(snapshotId, request, received.file());
                var spec = new JobSpec.Import(database.id(), plan, request.verify(), deadline);
                return JobSubmissions.Wanted.of(spec, name);
            });
            needed = makes(Objects.requireNonNull(answer.getBody()).id(), snapshotId);
            return answer;
        } finally {
            if (!needed) { // it was refused, or an earlier request has made the job, of the same bytes
                files.discard(snapshotId);
            }
        }
    }

    private void requireNotInFuture(@Nullable Instant createdAt) {
        var now = clock.instant();
        if (createdAt != null && createdAt.isAfter(now)) {
            throw InvalidField.refused("createdAt", "must not be in the future; the time is %s here".formatted(now));
        }
    }

    /** Snapshots are listed by their ids, so that of an old backup is made as if it had been taken then. */
    private UUID snapshotId(@Nullable Instant createdAt) {
        return createdAt == null ? TimeOrderedId.next(clock) : TimeOrderedId.at(createdAt);
    }

    private ImportFiles.Received receive(UUID snapshotId, HttpServletRequest http) throws IOException {
        try (var _ = limits.receiving()) {
            return files.receive(snapshotId, limits.paced(http.getInputStream()), http.getContentLengthLong());
        }
    }

    private ImportPlan plan(UUID snapshotId, ImportRequest request, ImportFile file) {
        var createdAt = Objects.requireNonNullElseGet(request.createdAt(), clock::instant);
        return new ImportPlan(snapshotId, createdAt, request.labels(), false, file.notes());
    }

    private boolean makes(UUID jobId, UUID snapshotId) {
        return jobs.get(jobId).spec().makes().contains(snapshotId);
    }
}
