package dev.afterimage.api.databases;

import dev.afterimage.sqlite.live.Checkpoint;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** A request for a checkpoint; every field may be left out. */
@Schema(
        description = "How to write the WAL into the database file; every field may be left out, and so may the body",
        example = "{\"mode\": \"PASSIVE\"}")
record CheckpointRequest(
        @Schema(
                description =
                        "PASSIVE does what it can without waiting; FULL waits for writers and for readers of older"
                                + " states; RESTART also until no reader needs the WAL; TRUNCATE also makes its file empty",
                defaultValue = "PASSIVE")
        Checkpoint.Mode mode,

        @Schema(
                description =
                        "How long to wait for readers and writers, at most 60s. The application's writers may have"
                                + " to wait meanwhile",
                defaultValue = "0s",
                example = "2s",
                type = "string")
        @DurationMin
        @DurationMax(seconds = 60)
        Duration patience) {

    static final CheckpointRequest DEFAULT = new CheckpointRequest(Checkpoint.Mode.PASSIVE, Duration.ZERO);

    CheckpointRequest {
        mode = Objects.requireNonNullElse(mode, Checkpoint.Mode.PASSIVE);
        patience = Objects.requireNonNullElse(patience, Duration.ZERO);
    }
}
