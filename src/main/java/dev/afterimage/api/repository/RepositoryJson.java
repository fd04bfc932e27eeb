package dev.afterimage.api.repository;

import dev.afterimage.catalog.snapshots.SnapshotTotals.Total;
import dev.afterimage.repository.objects.DatabaseUsage;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The repository, as answers have it. */
@Schema(name = "Repository", description = "What the repository holds and takes")
record RepositoryJson(
        @Schema(
                description = "By which the service knows it; it is in its repository.json",
                example = "7d9f2c3e-5b1a-4c8e-9f60-2a4b6c8d0e1f")
        UUID id,

        @Schema(description = "Its directory, or its bucket", example = "s3://backups/prod/")
        String location,

        @Schema(
                description = "Whether its storage gives a name to one only of all that want it. Where not, only this"
                        + " service may write there",
                example = "true")
        boolean atomicPuts,

        @Schema(description = "Which service writes to it; null when none has yet") @Nullable
        LeaseJson lease,

        @Schema(description = "Whether nobody can read what it stores without a key of it", example = "true")
        boolean sealed,

        @Schema(description = "Manifests, layers, and segments of logs", example = "31")
        long objects,

        @Schema(description = "Bytes that these take on the storage", example = "20480")
        long bytes,

        @Schema(
                description =
                        "Of these, bytes of the logs of followed databases: the commits that were taken between snapshots",
                example = "0")
        long logBytes,

        @Schema(example = "14") long snapshots,

        @Schema(description = "Bytes of the files that downloads of all snapshots would give", example = "172032")
        long logicalBytes,

        @Schema(
                description =
                        "How many bytes of snapshots a byte stored for them is worth; null when there is no snapshot",
                example = "8.4")
        @Nullable
        Double dedupRatio,

        @Schema(description = "The newest copy of this catalog, from which a rebuild would bring back what is set")
        @Nullable
        CatalogCopyJson newestCatalogCopy,

        @Schema(description = "Why the catalog could not be copied when that was tried last; null when it could")
        @Nullable
        String catalogCopyFailure,

        @Schema(description = "Each database that is registered or has something stored, by name")
        List<StoredDatabase> databases) {

    /** What the repository has of a database. */
    @Schema(name = "StoredDatabase", description = "What the repository has of a database")
    record StoredDatabase(
            UUID id,

            @Schema(description = "Null when the catalog does not know it, which a rebuild mends", example = "orders")
            @Nullable
            String name,

            @Schema(description = "False when it was removed, or is not known")
            boolean registered,

            @Schema(description = "Snapshots that the catalog knows", example = "14")
            long snapshots,

            @Schema(
                    description = "Bytes of the files that downloads of all its snapshots would give",
                    example = "172032")
            long logicalBytes,

            @Schema(description = "Bytes of its objects on the storage", example = "20480")
            long storedBytes,

            @Schema(description = "Of these, bytes of its log", example = "0")
            long logBytes,

            @Schema(
                    description =
                            "How many bytes of snapshots a byte stored for them is worth; null when there is no snapshot",
                    example = "8.4")
            @Nullable
            Double dedupRatio) {

        static StoredDatabase of(Total total, DatabaseUsage usage) {
            return new StoredDatabase(
                    total.databaseId(),
                    total.name(),
                    total.registered(),
                    total.snapshots(),
                    total.logicalBytes(),
                    usage.all().bytes(),
                    usage.log().bytes(),
                    UsageJson.ratio(total.logicalBytes(), usage.snapshots().bytes()));
        }

        static StoredDatabase unknown(UUID id, DatabaseUsage usage) {
            return new StoredDatabase(
                    id, null, false, 0, 0, usage.all().bytes(), usage.log().bytes(), null);
        }
    }
}
