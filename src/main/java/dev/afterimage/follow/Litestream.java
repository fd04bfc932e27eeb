package dev.afterimage.follow;

import dev.afterimage.sqlite.follow.Follower;
import dev.afterimage.sqlite.live.SourceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What <a href="https://litestream.io">Litestream</a> leaves where it replicates a database. It holds a reader that is always there, too, and
 * checkpoints by itself: beside ours, neither of the two lets the other one's begin the WAL anew, and it grows.
 */
final class Litestream {

    /** Into which it writes to hold the lock of a writer. */
    private static final String[] TABLES = {"_litestream_seq", "_litestream_lock"};

    /** @return what tells of it, such as {@code its directory .orders.db-litestream}; empty where nothing does */
    static Optional<String> trace(Path database, Follower follower) {
        return directory(database).or(() -> table(follower));
    }

    static Optional<String> directory(Path database) {
        var name = "." + database.getFileName() + "-litestream";
        return Files.isDirectory(database.resolveSibling(name))
                ? Optional.of("its directory " + name)
                : Optional.empty();
    }

    static Optional<String> table(Follower follower) {
        return Stream.of(TABLES).filter(follower::hasTable).findFirst().map(table -> "its table " + table);
    }

    static void requireNone(Path database, Follower follower) {
        trace(database, follower).ifPresent(trace -> {
            throw new SourceException.NotFollowable(
                    database,
                    "Litestream replicates it (%s is there): two that follow get in each other's way".formatted(trace),
                    "Stop Litestream, and delete its directory .NAME-litestream and its tables _litestream_seq and _litestream_lock.");
        });
    }

    private Litestream() {}
}
