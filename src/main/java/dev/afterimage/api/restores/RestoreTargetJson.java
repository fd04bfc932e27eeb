package dev.afterimage.api.restores;

import dev.afterimage.api.databases.NewDatabase;
import dev.afterimage.restore.TargetMode;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Size;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where a restore writes. */
@Schema(
        name = "RestoreTarget",
        description =
                "Where a restore writes: a path, or the file of a registered database. One of them is named: what is to be replaced, too")
record RestoreTargetJson(
        @Schema(
                description = "Absolute path under one of afterimage.databases.roots, in a directory that exists",
                example = "/srv/app/restored.db")
        @Size(min = 1, max = NewDatabase.MAX_PATH)
        @Nullable
        String path,

        @Schema(
                description =
                        "Name of a registered database: the one that the snapshot is of, or another that is to have its content")
        @Nullable
        String database,

        @Schema(
                description =
                        "NEW_FILE: nothing may exist at the path yet. REPLACE_LIVE: a database gets new content in"
                                + " one transaction, while applications keep their connections to it. REPLACE_FILE: a file that"
                                + " nobody has open is moved into a folder beside it, with its -wal, -shm and -journal, and the"
                                + " new one gets its place, owner and mode",
                defaultValue = "NEW_FILE")
        TargetMode mode) {

    RestoreTargetJson {
        mode = Objects.requireNonNullElse(mode, TargetMode.NEW_FILE);
    }

    /** The same; over the database where nothing is named and something is to be replaced. */
    RestoreTargetJson orOver(String name) {
        return path == null && database == null && mode != TargetMode.NEW_FILE
                ? new RestoreTargetJson(null, name, mode)
                : this;
    }
}
