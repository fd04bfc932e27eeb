package dev.afterimage.sqlite.live;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
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

    private static final Set<String> LOCKS_OF_WRITERS = Set.of("RESERVED", "PENDING", "EXCLUSIVE");

    public Holder {
        locks = List.copyOf(locks);
        files = List.copyOf(files);
    }

    /** Whether it has begun to write, in rollback-journal mode. */
    boolean isWriting() {
        return locks.stream().anyMatch(LOCKS_OF_WRITERS::contains);
    }

    /** Those that hold locks, in words. */
    static String named(List<Holder> holders) {
        var locking = holders.stream()
                .filter(holder -> !holder.locks().isEmpty())
                .map(holder -> "process " + holder.pid() + " (" + String.join(", ", holder.locks()) + ")")
                .toList();
        return locking.isEmpty() ? "a process that cannot be seen from here" : String.join(", ", locking);
    }

    /** All of them, in words. */
    public static String allNamed(List<Holder> holders) {
        boolean locked = holders.isEmpty()
                || holders.stream().anyMatch(holder -> !holder.locks().isEmpty());
        return locked
                ? named(holders)
                : holders.stream().map(holder -> "process " + holder.pid()).collect(Collectors.joining(", "));
    }

    /** As problems show them. */
    public static List<Map<String, Object>> asJson(List<Holder> holders) {
        return holders.stream()
                .map(holder -> Map.<String, Object>of(
                        "pid", holder.pid(), "command", holder.command(), "locks", holder.locks()))
                .toList();
    }
}
