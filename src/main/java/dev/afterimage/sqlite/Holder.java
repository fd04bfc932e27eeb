package dev.afterimage.sqlite;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process that has a database open or locked.
 *
 * @param command its command line, cut at 200 characters; empty when it may not be seen
 * @param locks names of the locks it holds, as SQLite's documents name them; empty when it only has the file open
 * @param user who runs it; null when it has ended meanwhile
 * @param files names of those of the database's files that it has open; empty when that may not be seen
 */
public record Holder(
        long pid,
        String command,
        List<String> locks,
        @Nullable String user,
        List<String> files) {

    public Holder {
        locks = List.copyOf(locks);
        files = List.copyOf(files);
    }
}
