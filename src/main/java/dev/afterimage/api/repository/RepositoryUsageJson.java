package dev.afterimage.api.repository;

import dev.afterimage.retention.RepositoryGrowth;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.time.LocalDate;

/** What the repository took, as answers have it. */
@Schema(name = "RepositoryUsage", description = "What the repository took when it was counted")
public record RepositoryUsageJson(
        @Schema(description = "In UTC") LocalDate day,
        Instant countedAt,

        @Schema(description = "Bytes of all objects on the storage", example = "734003200")
        long bytes,

        @Schema(
                description = "What may still be stored: the rest of the quota or of the disk, whichever is less",
                example = "95200000000")
        long freeBytes,

        @Schema(example = "1400") long snapshots,

        @Schema(description = "Bytes of the files that downloads of all snapshots would give", example = "17203200000")
        long logicalBytes,

        @Schema(description = "Registered ones", example = "42")
        long databases) {

    public static RepositoryUsageJson of(RepositoryGrowth.Counted counted) {
        return new RepositoryUsageJson(
                counted.day(),
                counted.countedAt(),
                counted.bytes(),
                counted.freeBytes(),
                counted.snapshots(),
                counted.logicalBytes(),
                counted.databases());
    }
}
