package dev.afterimage.api.snapshots;

import dev.afterimage.backup.Import;
import dev.afterimage.backup.LogSnapshots;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.sqlite.format.JournalMode;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A snapshot, as answers have it. */
@Schema(name = "Snapshot", description = "One committed state of a database, stored and restorable")
public record SnapshotJson(
        UUID id,

        @Schema(description = "Name of the database, also after that was removed", example = "orders")
        String database,

        Instant createdAt,

        @Schema(description = "QUARANTINED: a check failed, it is not offered for restores", example = "AVAILABLE")
        Snapshot.State state,

        @Schema(description = "Outcome of the latest check", example = "PASSED")
        Snapshot.Verification verification,

        @Schema(
                description =
                        "The highest level that it has passed since a check failed: STORED, what was stored for it was read back"
                                + " and the rest is there; QUICK and FULL, it was restored and SQLite found nothing. Null for none",
                example = "FULL")
        Snapshot.@Nullable Level level,

        @Schema(
                description =
                        "When it passed a FULL check, or else the nearest of the snapshots that it was built on that did; null"
                                + " where none did, or that is not known")
        @Nullable
        Instant fullCheckAt,

        @Schema(
                description =
                        "That was asked for; IMPORT when it was made of a file, LOG when a moment of a followed database was",
                allowableValues = {
                    "AUTO",
                    "SCAN",
                    "ONLINE",
                    "LOCKED_COPY",
                    "VACUUM",
                    "FILESYSTEM_SNAPSHOT",
                    Import.METHOD,
                    LogSnapshots.METHOD
                },
                example = "AUTO")
        String method,

        @Schema(
                description = "That took it; LOG made it of the log of a followed database",
                allowableValues = {
                    "SCAN",
                    "ONLINE",
                    "LOCKED_COPY",
                    "VACUUM",
                    "FILESYSTEM_SNAPSHOT",
                    Import.METHOD,
                    LogSnapshots.METHOD
                },
                example = "SCAN")
        String methodUsed,

        @Schema(description = "Why that one, a sentence; null when it was asked for by name") @Nullable
        String methodReason,

        @Schema(
                description = "Shared by the snapshots of one group backup, which are of one moment unless `notes` say"
                        + " otherwise; else null")
        @Nullable
        UUID groupId,

        @Schema(description = "Of the database when the snapshot was taken", example = "WAL")
        JournalMode journalMode,

        @Schema(description = "Bytes per page", example = "4096")
        int pageSize,

        @Schema(example = "3") long pageCount,

        @Schema(description = "Bytes of the file that a download or restore gives", example = "12288")
        long sizeBytes,

        @Schema(description = "Bytes that its layers take, shared ones included", example = "1410")
        long storedBytes,

        @Schema(description = "Bytes that it added to the repository", example = "1410")
        long newBytes,

        @Schema(description = "SHA-256 over the digests of its pages, hexadecimal")
        String treeDigest,

        @Schema(description = "SHA-256 of the whole file, hexadecimal; null until known") @Nullable
        String sha256,

        @Schema(description = "Kept until it is unpinned") boolean pinned,

        @Schema(
                description =
                        "From then on it goes, whatever a policy keeps, unless it is pinned or the last good one; null for never because of this")
        @Nullable
        Instant expiresAt,

        @Schema(example = "{\"reason\": \"before-release\"}")
        Map<String, String> labels,

        @Schema(
                description =
                        "How long writers could not commit because of the capture; 0 in WAL mode, except by method"
                                + " LOCKED_COPY",
                example = "0")
        long lockHeldMillis,

        @Schema(description = "Bytes of the database's WAL before the capture", example = "0")
        long walBytesBefore,

        @Schema(description = "Bytes of the database's WAL after the capture", example = "0")
        long walBytesAfter,

        @Schema(description = "What an operator should know about the capture; usually empty")
        List<String> notes,

        @Schema(
                description =
                        "The commit that left the state, of a database that is followed; null where that is not known, or the state"
                                + " was taken over several commits")
        @Nullable
        LogPlaceJson log) {

    /** Where in the log of its database a state is. */
    @Schema(name = "LogPlace", description = "Where in the log of a database a state is: what a commit has left")
    public record LogPlaceJson(
            @Schema(description = "Part of the log without a gap")
            UUID chain,

            @Schema(example = "42") long commit,

            @Schema(description = "When the commit was taken")
            Instant at) {

        public static @Nullable LogPlaceJson of(Snapshot.@Nullable LogPlace place) {
            return place == null ? null : new LogPlaceJson(place.chain(), place.commit(), place.at());
        }
    }

    static SnapshotJson of(Snapshot snapshot) {
        var content = snapshot.content();
        var capture = snapshot.capture();
        return new SnapshotJson(
                snapshot.id(),
                snapshot.databaseName(),
                snapshot.createdAt(),
                snapshot.state(),
                snapshot.verification(),
                snapshot.proof().level(),
                snapshot.proof().fullCheckAt(),
                capture.method(),
                capture.methodUsed(),
                capture.methodReason(),
                snapshot.groupId(),
                JournalMode.valueOf(capture.journalMode()),
                content.pageSize(),
                content.pageCount(),
                content.sizeBytes(),
                content.storedBytes(),
                content.newBytes(),
                content.treeDigest(),
                content.sha256(),
                snapshot.pinned(),
                snapshot.expiresAt(),
                snapshot.labels(),
                capture.lockHeldMillis(),
                capture.walBytesBefore(),
                capture.walBytesAfter(),
                capture.notes(),
                LogPlaceJson.of(snapshot.log()));
    }

    public static String path(UUID id) {
        return "/api/v1/snapshots/" + id;
    }
}
