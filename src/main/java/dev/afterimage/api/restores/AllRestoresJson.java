package dev.afterimage.api.restores;

import dev.afterimage.api.http.ProblemJson;
import dev.afterimage.catalog.snapshots.Snapshot;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What becomes of each database when all are restored. */
@Schema(name = "AllRestores", description = "What becomes of each database when all are restored")
record AllRestoresJson(
        @Schema(description = "By the names of the databases")
        List<Each> items) {

    /** What becomes of a database. */
    @Schema(name = "RestoreOfAll", description = "What becomes of one database when all are restored")
    record Each(
            @Schema(example = "orders") String database,
            @Schema(example = "/srv/orders/orders.db") String path,

            @Schema(
                    description =
                            "SUBMITTED: there is a job, or with `dryRun` there would be. PRESENT: its file is there and"
                                    + " stays as it is. REFUSED: `problems` say why",
                    example = "SUBMITTED")
            Outcome outcome,

            @Schema(description = "The snapshot that is restored; null when none is") @Nullable
            UUID snapshot,

            @Schema(description = "Of the snapshot; null when there is none") @Nullable
            Instant snapshotCreatedAt,

            @Schema(description = "Bytes of the snapshot's file; null when there is none", example = "12288") @Nullable
            Long sizeBytes,

            @Schema(description = "Id of the job; null when there is none") @Nullable
            UUID job,

            @Schema(description = "Why there is no job; with `dryRun` also why one would fail, or have to wait")
            List<ProblemJson> problems) {

        static Each present(String database, String path) {
            return new Each(database, path, Outcome.PRESENT, null, null, null, null, List.of());
        }

        static Each refused(String database, String path, ProblemJson problem) {
            return new Each(database, path, Outcome.REFUSED, null, null, null, null, List.of(problem));
        }

        static Each submitted(String path, Snapshot snapshot, @Nullable UUID job, List<ProblemJson> problems) {
            return new Each(
                    snapshot.databaseName(),
                    path,
                    Outcome.SUBMITTED,
                    snapshot.id(),
                    snapshot.createdAt(),
                    snapshot.content().sizeBytes(),
                    job,
                    problems);
        }
    }

    /** What becomes of a database. */
    enum Outcome {
        SUBMITTED,
        PRESENT,
        REFUSED
    }
}
