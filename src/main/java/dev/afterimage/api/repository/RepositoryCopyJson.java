package dev.afterimage.api.repository;

import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.catalog.snapshots.RepositoryCopies;
import dev.afterimage.copies.CopyStates;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A copy of the repository. */
@Schema(name = "RepositoryCopy", description = "A copy of the repository, as the service knows it since the last job")
record RepositoryCopyJson(
        @Schema(example = "offsite") String name,

        @Schema(example = "s3://backups/afterimage/") String location,

        @Schema(
                description =
                        "CURRENT: it has each snapshot that can be restored. BEHIND: it lacks some, and the next job"
                                + " brings them. AWAY: its place could not be reached, or had something else. FAILING: the"
                                + " last job failed for another reason, see `problem`")
        CopyStates.State state,

        @Schema(description = "Why the last job failed, or waits; null when it did not") @Nullable
        String problem,

        @Schema(description = "Whether the service deletes there what was deleted from the repository")
        boolean delete,

        @Schema(description = "Snapshots that can be restored and that it lacks", example = "0")
        long lacking,

        @Schema(description = "Snapshots that it keeps although they were deleted from the repository", example = "0")
        long keptBeyond,

        @Schema(description = "In the copy, when it last had all", example = "120")
        long objects,

        @Schema(description = "In the copy, when it last had all", example = "734003200")
        long bytes,

        @Schema(description = "When it was last tried to copy; null for never", example = "2026-03-01T02:03:04.567Z")
        @Nullable
        Instant triedAt,

        @Schema(description = "When it last had all; null for never", example = "2026-03-01T02:03:04.567Z") @Nullable
        Instant copiedAt,

        @Schema(description = "The job that waits or runs; null for none") @Nullable
        UUID jobId,

        @Schema(description = "Of each database that is registered and of which it has a good snapshot")
        List<OfDatabase> databases) {

    /** What a copy has of a database. */
    @Schema(name = "CopiedDatabase", description = "The newest good snapshot of a database that a copy has")
    record OfDatabase(
            @Schema(example = "orders") String database,
            UUID snapshotId,

            @Schema(example = "2026-03-01T02:03:04.567Z") Instant createdAt,

            @Schema(description = "Since the database was last known to be in its state", example = "3720")
            long ageSeconds) {

        static OfDatabase of(CopiedSnapshots.Newest newest, Instant now) {
            long age = Math.max(0, Duration.between(newest.goodAt(), now).toSeconds());
            return new OfDatabase(newest.database(), newest.snapshotId(), newest.createdAt(), age);
        }
    }

    static RepositoryCopyJson of(CopyStates.Told told, @Nullable UUID jobId, Instant now) {
        var known = told.known();
        return new RepositoryCopyJson(
                told.copy().name(),
                told.copy().location().toString(),
                told.state(),
                known.map(RepositoryCopies.Known::problem).orElse(null),
                told.copy().delete(),
                told.lacking(),
                told.beyond(),
                known.map(RepositoryCopies.Known::objects).orElse(0L),
                known.map(RepositoryCopies.Known::bytes).orElse(0L),
                known.map(RepositoryCopies.Known::triedAt).orElse(null),
                known.map(RepositoryCopies.Known::succeededAt).orElse(null),
                jobId,
                told.newest().stream().map(one -> OfDatabase.of(one, now)).toList());
    }
}
