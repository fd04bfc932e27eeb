package dev.afterimage.api.repository;

import dev.afterimage.repository.lease.Lease;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who writes to the repository, as answers have it. */
@Schema(
        name = "RepositoryLease",
        description =
                "Which service writes to the repository. Of one that this version cannot understand only the epoch is known")
record LeaseJson(
        @Schema(description = "Of several leases the one with the highest counts", example = "7")
        long epoch,

        @Schema(
                description =
                        "Whether it is this service's. If not, it restores and reads, and stores and deletes nothing",
                example = "true")
        boolean own,

        @Schema(example = "prod-1") @Nullable String host,

        @Schema(description = "Id of the home, in its file node-id", example = "0d3a4c1e-7f2b-4a55-9c1d-3e5f7a9b1c2d")
        @Nullable
        UUID home,

        @Schema(example = "2026-03-01T02:03:04.567Z") @Nullable
        Instant since,

        @Schema(description = "Of Afterimage", example = "0.1.0") @Nullable
        String version) {

    static LeaseJson of(Lease lease, boolean own) {
        var holder = lease.holder();
        return holder == null
                ? new LeaseJson(lease.epoch(), own, null, null, null, null)
                : new LeaseJson(lease.epoch(), own, holder.host(), holder.home(), holder.since(), holder.version());
    }
}
