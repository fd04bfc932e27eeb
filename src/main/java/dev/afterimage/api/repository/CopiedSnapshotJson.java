package dev.afterimage.api.repository;

import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A snapshot that a copy of the repository has. */
@Schema(name = "CopiedSnapshot", description = "A snapshot that a copy of the repository has")
record CopiedSnapshotJson(
        UUID snapshotId,

        @Schema(description = "The name of its database; null where the service does not know it", example = "orders")
        @Nullable
        String database,

        @Schema(description = "By which the copy's objects are named")
        UUID databaseId,

        @Schema(description = "null where only the copy knows", example = "2026-03-01T02:03:04.567Z") @Nullable
        Instant createdAt,

        @Schema(description = "Since when the copy is known to have it", example = "2026-03-01T02:03:09.012Z")
        Instant copiedAt,

        @Schema(
                description = "Whether the repository has it, too; false for what only the copy keeps",
                example = "true")
        boolean inRepository) {

    static CopiedSnapshotJson of(CopiedSnapshots.There there) {
        return new CopiedSnapshotJson(
                there.snapshotId(),
                there.database(),
                there.databaseId(),
                there.createdAt(),
                there.copiedAt(),
                there.inRepository());
    }
}
