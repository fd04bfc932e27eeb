package dev.afterimage.api.databases;

import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.Checkpoint;
import io.swagger.v3.oas.annotations.media.Schema;

/** What came of a checkpoint, as answers have it. */
@Schema(name = "Checkpoint", description = "What came of a checkpoint")
record CheckpointJson(
        @Schema(description = "In ROLLBACK mode there is no WAL, and nothing was done", example = "WAL")
        JournalMode journalMode,

        @Schema(description = "Whether readers or writers kept it from doing all that the mode asks for")
        boolean busy,

        @Schema(description = "Pages in the WAL now; 0 when there is none", example = "120")
        long walFrames,

        @Schema(description = "How many of them are in the database file", example = "120")
        long checkpointedFrames) {

    static CheckpointJson of(Checkpoint checkpoint) {
        return new CheckpointJson(
                checkpoint.journalMode(), checkpoint.busy(), checkpoint.walFrames(), checkpoint.checkpointedFrames());
    }
}
