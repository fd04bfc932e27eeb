package dev.afterimage.api.databases;

import dev.afterimage.api.http.ProblemJson;
import dev.afterimage.api.repository.UsageJson;
import dev.afterimage.catalog.snapshots.DrillResult;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.protection.Protection;
import dev.afterimage.sqlite.format.JournalMode;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A registered database, as answers have it. */
@Schema(name = "Database", description = "A registered SQLite file")
public record DatabaseJson(
        @Schema(example = "orders") String name,

        @Schema(description = "Symbolic links were resolved when it was registered", example = "/srv/orders/orders.db")
        String path,

        @Schema(
                description =
                        "As it was given when it was registered. When it leads elsewhere by now, backups fail with"
                                + " DATABASE_MOVED until the path is changed",
                example = "/srv/orders/current/orders.db")
        String givenPath,

        @Schema(
                description =
                        "The node to which it belongs: the name of the one that answers, or the id of another, where its"
                                + " schedules run. A change of the path, also to the same one, moves it to the node that answers",
                example = "host-1")
        String node,

        @Schema(example = "{\"team\": \"orders\"}") Map<String, String> labels,
        Instant createdAt,

        @Schema(description = "Since when its file is not there, as the scans for databases see it; null when it is")
        @Nullable
        Instant missingSince,

        @Schema(
                description = "Bytes of the database file, without its WAL; null when it was not read",
                example = "12288")
        @Nullable
        Long sizeBytes,

        @Schema(description = "Bytes per page; null when it was not read", example = "4096") @Nullable
        Integer pageSize,

        @Schema(description = "Pages of the last committed state; null when it was not read", example = "3") @Nullable
        Long pageCount,

        @Schema(description = "What the file says; null when it was not read", example = "WAL") @Nullable
        JournalMode journalMode,

        @Schema(description = "Bytes of the WAL; null when it was not read", example = "0") @Nullable
        Long walBytes,

        @Schema(description = "Why the file could not be read now; null when it could") @Nullable
        ProblemJson problem,

        @Schema(
                description = "What should be looked at, or could be done so that the database and its backups get"
                        + " less in each other's way, a sentence each; null when it was not read",
                example = "[]")
        @Nullable
        List<String> advice,

        @Schema(description = "The newest snapshot; null when there is none") @Nullable
        LastSnapshot lastSnapshot,

        @Schema(description = "How the last drill went; null before the first") @Nullable
        LastDrill lastDrill,

        @Schema(
                description = "What its snapshots are worth and take; null in lists, and when the storage cannot be"
                        + " read")
        @Nullable
        UsageJson repository,

        @Schema(
                description = "Whether it could be restored now: UNPROTECTED has no good snapshot, FAILING has some"
                        + " but its last backup or drill failed or its newest snapshot is quarantined,"
                        + " COLLAPSED has lost most of what it held, which nobody has acknowledged, STALE"
                        + " has none that is young enough",
                example = "PROTECTED")
        Protection protection,

        @Schema(description = "How old its last good state may be", type = "string", example = "PT24H")
        Duration maxAge,

        @Schema(
                description = "How old the last FULL check of what protects it may be; null for any age",
                type = "string",
                example = "P2D")
        @Nullable
        Duration maxFullCheckAge,

        @Schema(
                description =
                        "Whether a copy of the repository must have a good snapshot of it that is young enough, or it counts as STALE",
                example = "false")
        boolean requireCopy) {

    /** What is told of a database's newest snapshot. */
    @Schema(name = "LastSnapshot", description = "What is told of a database's newest snapshot")
    record LastSnapshot(
            UUID id,
            Instant createdAt,

            @Schema(
                    description = "When a schedule with `skipUnchanged` last saw that nothing was committed since;"
                            + " null if it did not")
            @Nullable
            Instant unchangedAt,

            Snapshot.State state,
            Snapshot.Verification verification) {

        static LastSnapshot of(Snapshot snapshot, @Nullable Instant unchangedAt) {
            return new LastSnapshot(
                    snapshot.id(), snapshot.createdAt(), unchangedAt, snapshot.state(), snapshot.verification());
        }
    }

    /** What is told of a database's last drill. */
    @Schema(name = "LastDrill", description = "What is told of a database's last drill")
    record LastDrill(
            @Schema(description = "When it ended") Instant at,
            UUID snapshotId,
            boolean passed,

            @Schema(description = "Of restoring and checking", example = "1200")
            long durationMillis,

            @Schema(description = "Since it ended", example = "86400")
            long ageSeconds) {

        static LastDrill of(DrillResult drill, Instant now) {
            return new LastDrill(
                    drill.finishedAt(),
                    drill.snapshotId(),
                    drill.passed(),
                    drill.durationMillis(),
                    Math.max(0, Duration.between(drill.finishedAt(), now).toSeconds()));
        }
    }

    public static String path(String name) {
        return "/api/v1/databases/" + name;
    }
}
