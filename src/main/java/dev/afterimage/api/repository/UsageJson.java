package dev.afterimage.api.repository;

import dev.afterimage.catalog.snapshots.SnapshotTotals.Total;
import dev.afterimage.repository.objects.DatabaseUsage;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What the snapshots of one database are worth, and what they take. */
@Schema(name = "DatabaseUsage", description = "What the snapshots of a database are worth, and what they take")
public record UsageJson(
        @Schema(example = "14") long snapshots,

        @Schema(description = "Bytes of the files that downloads of all its snapshots would give", example = "172032")
        long logicalBytes,

        @Schema(description = "Bytes of its objects on the storage", example = "20480")
        long storedBytes,

        @Schema(
                description = "Of these, bytes of its log: the commits that were taken between snapshots",
                example = "0")
        long logBytes,

        @Schema(
                description =
                        "How many bytes of snapshots a byte stored for them is worth, because of compression and of"
                                + " what snapshots share; null when there is no snapshot",
                example = "8.4")
        @Nullable
        Double dedupRatio) {

    static UsageJson of(Total total, DatabaseUsage usage) {
        return new UsageJson(
                total.snapshots(),
                total.logicalBytes(),
                usage.all().bytes(),
                usage.log().bytes(),
                ratio(total.logicalBytes(), usage.snapshots().bytes()));
    }

    /** Two decimals; null without snapshots, or without anything stored for them. */
    static @Nullable Double ratio(long logicalBytes, long storedBytes) {
        return storedBytes == 0 || logicalBytes == 0
                ? null
                : Double.valueOf(Math.round(100.0 * logicalBytes / storedBytes) / 100.0);
    }
}
