package dev.afterimage.api.databases;

import dev.afterimage.sqlite.live.Holder;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A process that has a database open or locked, as answers have it. */
@Schema(name = "Holder", description = "A process that has a database open or locked")
public record HolderJson(
        @Schema(example = "4711") long pid,

        @Schema(description = "Cut at 200 characters; empty when it may not be seen", example = "python3 orders.py")
        String command,

        @Schema(description = "Who runs it; null when it ended meanwhile", example = "app") @Nullable
        String user,

        @Schema(description = "Whether it is this service itself")
        boolean self,

        @Schema(
                description = "Those of the database's files that it has open; empty when that may not be seen",
                example = "[\"orders.db\", \"orders.db-shm\", \"orders.db-wal\"]")
        List<String> files,

        @Schema(description = "By SQLite's names; empty when it holds none", example = "[\"SHARED\", \"WAL_WRITE\"]")
        List<String> locks) {

    public static HolderJson of(Holder holder) {
        boolean self = holder.pid() == ProcessHandle.current().pid();
        return new HolderJson(holder.pid(), holder.command(), holder.user(), self, holder.files(), holder.locks());
    }
}
