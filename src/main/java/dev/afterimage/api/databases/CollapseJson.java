package dev.afterimage.api.databases;

import dev.afterimage.catalog.snapshots.Collapse;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A collapse of a database, as answers have it. */
@Schema(
        name = "Collapse",
        description =
                "Most of what a database held was gone in a snapshot, seen from the one before: at most a tenth of the"
                        + " bytes in use was left of 1 MiB or more, or fewer than half of the tables")
record CollapseJson(
        @Schema(description = "In which it was gone; it may be deleted since")
        UUID snapshotId,

        @Schema(description = "The newest good snapshot that had it; kept until the collapse is acknowledged")
        UUID keptSnapshotId,

        @Schema(description = "The moment whose state the snapshot has")
        Instant at,

        @Schema(description = "In the snapshot before, without free pages", example = "52428800")
        long bytesInUseBefore,

        @Schema(example = "8192") long bytesInUse,
        @Schema(example = "12") long tablesBefore,
        @Schema(example = "0") long tables,

        @Schema(description = "When somebody said that it is as it should be; null while nobody has") @Nullable
        Instant acknowledgedAt) {

    static CollapseJson of(Collapse collapse) {
        return new CollapseJson(
                collapse.snapshotId(),
                collapse.before(),
                collapse.at(),
                collapse.bytesBefore(),
                collapse.bytes(),
                collapse.tablesBefore(),
                collapse.tables(),
                collapse.acknowledgedAt());
    }
}
