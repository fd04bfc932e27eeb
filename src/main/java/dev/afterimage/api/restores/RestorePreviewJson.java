package dev.afterimage.api.restores;

import dev.afterimage.api.databases.HolderJson;
import dev.afterimage.api.http.ProblemJson;
import dev.afterimage.api.snapshots.DifferenceJson;
import dev.afterimage.api.snapshots.SnapshotJson;
import dev.afterimage.restore.RestorePreview;
import dev.afterimage.restore.Room;
import dev.afterimage.restore.TargetMode;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.DatabaseFacts;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a restore would do, as answers have it. */
@Schema(name = "RestorePreview", description = "What a restore would do, and what is in its way at present")
record RestorePreviewJson(
        UUID snapshot,

        @Schema(
                description =
                        "The commit that left what would be restored; null where that is not known, or the database is not followed")
        SnapshotJson.@Nullable LogPlaceJson log,

        @Schema(description = "Of the target", example = "/srv/orders/orders.db")
        String path,

        TargetMode mode,

        @Schema(description = "Bytes of the snapshot's file", example = "12288")
        long sizeBytes,

        @Schema(description = "Whether a snapshot of the target would be taken first")
        boolean safetySnapshot,

        @Schema(description = "What is at the target; null when nothing is, or it cannot be read") @Nullable
        Present target,

        @Schema(description = "Where how much space would be needed")
        List<RoomJson> space,

        @Schema(description = "The processes that have the target open or locked")
        List<HolderJson> holders,

        @Schema(
                description =
                        "What leads from the target as it is to the snapshot; null when there is nothing to compare, or"
                                + " `notes` say why not")
        @Nullable
        DifferenceJson difference,

        @Schema(description = "Whether nothing is in its way: there are no `problems`")
        boolean possible,

        @Schema(description = "Why it would fail, or have to wait")
        List<ProblemJson> problems,

        @Schema(
                description = "Why `target` or `difference` is null although there is a file; the restore may be"
                        + " possible all the same")
        List<String> notes) {

    /** What the restore of a group would do. */
    @Schema(name = "RestorePreviews", description = "What the restore of a group would do, by snapshot")
    record OfGroup(List<RestorePreviewJson> items) {}

    /** What is at the target of a restore. */
    @Schema(name = "PresentTarget", description = "What is at the target of a restore")
    record Present(
            @Schema(description = "Bytes of the database file, without its WAL", example = "12288")
            long sizeBytes,

            @Schema(description = "Bytes per page", example = "4096")
            int pageSize,

            @Schema(description = "Pages of the last committed state", example = "3")
            long pageCount,

            JournalMode journalMode,

            @Schema(description = "Bytes of the WAL", example = "0")
            long walBytes) {

        static @Nullable Present of(@Nullable DatabaseFacts facts) {
            return facts == null
                    ? null
                    : new Present(
                            facts.sizeBytes(),
                            facts.pageSize(),
                            facts.pageCount(),
                            facts.journalMode(),
                            facts.walBytes());
        }
    }

    /** Space that a restore would take. */
    @Schema(name = "Space", description = "Space that a restore would take")
    record RoomJson(
            @Schema(example = "/srv/orders") String directory,
            @Schema(example = "12288") long neededBytes,
            @Schema(example = "1073741824") long freeBytes) {

        static RoomJson of(Room room) {
            return new RoomJson(room.directory().toString(), room.neededBytes(), room.usableBytes());
        }
    }

    /** @param instance the path that was asked for */
    static RestorePreviewJson of(RestorePreview preview, String instance) {
        return new RestorePreviewJson(
                preview.item().snapshotId(),
                SnapshotJson.LogPlaceJson.of(preview.log()),
                preview.item().target().path().toString(),
                preview.item().target().mode(),
                preview.sizeBytes(),
                preview.item().safetySnapshot(),
                Present.of(preview.present()),
                preview.rooms().stream().map(RoomJson::of).toList(),
                preview.holders().stream().map(HolderJson::of).toList(),
                preview.difference() == null ? null : DifferenceJson.of(preview.difference(), null),
                preview.obstacles().isEmpty(),
                preview.obstacles().stream()
                        .map(obstacle -> ProblemJson.of(obstacle, instance))
                        .toList(),
                preview.notes());
    }
}
