package dev.afterimage.sqlite;

import java.util.List;

/**
 * A process that has a database open or locked.
 *
 * @param command its command line, cut at 200 characters; empty when it may not be seen
 * @param locks names of the locks it holds, as SQLite's documents name them; empty when it only has the file open
 */
public record Holder(long pid, String command, List<String> locks) {

    public Holder {
        locks = List.copyOf(locks);
    }
}
