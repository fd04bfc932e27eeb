package dev.afterimage.api.follow;

import dev.afterimage.follow.FollowPolicy;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;

/** How a database is to be followed. */
@Schema(
        description = "How a database is followed. Every field may be left out",
        example = "{\"interval\": \"1s\", \"window\": \"7d\", \"snapshotEvery\": \"1h\", \"besideSource\": true}")
record FollowRequest(
        @Schema(
                description =
                        "How much time one segment of the log has at most: so soon, and the time that the upload takes, the"
                                + " repository has what is committed. From 100ms to 1h",
                defaultValue = "1s",
                type = "string")
        @DurationMin(millis = 100)
        @DurationMax(hours = 1)
        Duration interval,

        @Schema(
                description = "How far back any moment can be restored. From 1m to 366d",
                defaultValue = "7d",
                type = "string")
        @DurationMin(minutes = 1)
        @DurationMax(days = 366)
        Duration window,

        @Schema(
                description =
                        "How often a snapshot is made where anything was committed: a moment is replayed from the one before"
                                + " it. From 1m to 7d",
                defaultValue = "1h",
                type = "string")
        @DurationMin(minutes = 1)
        @DurationMax(days = 7)
        Duration snapshotEvery,

        @Schema(
                description =
                        "Whether commits that the repository has not got yet may wait on the file system of the database:"
                                + " while the repository is away, they take room from the application",
                defaultValue = "false")
        Boolean besideSource,

        @Schema(
                description =
                        "When the WAL is larger, writers are kept out for an instant, so that it can begin anew: one that never"
                                + " pauses makes it grow without end otherwise. They wait as long as their busy timeout allows;"
                                + " one that has read before in the same transaction is told BUSY at once. Left out, they are"
                                + " never kept out. From 1 MiB",
                example = "67108864")
        @Min(1 << 20)
        @Nullable
        Long walLimitBytes) {

    static final FollowRequest DEFAULT = new FollowRequest(null, null, null, null, null);

    FollowRequest(
            @Nullable Duration interval,
            @Nullable Duration window,
            @Nullable Duration snapshotEvery,
            @Nullable Boolean besideSource,
            @Nullable Long walLimitBytes) {
        this.interval = Objects.requireNonNullElse(interval, Duration.ofSeconds(1));
        this.window = Objects.requireNonNullElse(window, Duration.ofDays(7));
        this.snapshotEvery = Objects.requireNonNullElse(snapshotEvery, Duration.ofHours(1));
        this.besideSource = Objects.requireNonNullElse(besideSource, false);
        this.walLimitBytes = walLimitBytes;
    }

    FollowPolicy policy() {
        return new FollowPolicy(interval, window, snapshotEvery, besideSource, walLimitBytes);
    }
}
