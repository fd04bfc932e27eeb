package dev.afterimage.service;

import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * An application that is alone with its database, as it thinks: it commits, check points in each mode and vacuums, and waits for locks no longer
 * than told. Prints, for each kind of what it did, how often, how many errors that were, how often SQLite said busy, and the longest in ms.
 */
public final class ImpatientApplication {

    private static final String[] CHECKPOINTS = {"PASSIVE", "FULL", "RESTART", "TRUNCATE"};

    private final Connection connection;
    private final Map<String, long[]> counts = new TreeMap<>();

    /** Arguments: database, busy timeout in ms, seconds, seed. */
    public static void main(String[] arguments) throws SQLException {
        try (var connection = SampleDatabases.open(Path.of(arguments[0]))) {
            SampleDatabases.execute(connection, "PRAGMA busy_timeout = " + arguments[1]);
            SampleDatabases.execute(connection, "PRAGMA synchronous = NORMAL");
            System.out.println("working");
            var application = new ImpatientApplication(connection);
            application.work(
                    Duration.ofSeconds(Long.parseLong(arguments[2])),
                    new SplittableRandom(Long.parseLong(arguments[3])));
            application.counts.forEach((what, count) ->
                    System.out.printf("%s %d %d %d %d%n", what, count[0], count[1], count[2], count[3] / 1_000_000));
            System.out.println("end");
        }
    }

    private ImpatientApplication(Connection connection) {
        this.connection = connection;
    }

    private void work(Duration time, SplittableRandom random) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            int dice = random.nextInt(100);
            if (dice < 90) {
                run("COMMIT", "INSERT INTO work (content) VALUES (randomblob(%d))".formatted(random.nextInt(5000)));
            } else if (dice < 96) {
                run("COMMIT", "DELETE FROM work WHERE id %% 5 = %d".formatted(random.nextInt(5)));
            } else if (dice < 99) {
                var mode = CHECKPOINTS[random.nextInt(CHECKPOINTS.length)];
                run(mode, "PRAGMA wal_checkpoint(" + mode + ")");
            } else {
                run("VACUUM", "VACUUM");
            }
            if (random.nextInt(10) == 0) {
                LockSupport.parkNanos(random.nextInt(20_000_000));
            }
        }
    }

    private void run(String what, String sql) {
        var count = counts.computeIfAbsent(what, _ -> new long[4]);
        long begin = System.nanoTime();
        try (var statement = connection.createStatement()) {
            if (statement.execute(sql)) {
                try (var row = statement.getResultSet()) {
                    count[2] += row.next() ? row.getInt(1) : 0;
                }
            }
        } catch (SQLException e) {
            count[1]++;
            System.out.println("error " + what + " " + e.getMessage());
        }
        count[0]++;
        count[3] = Math.max(count[3], System.nanoTime() - begin);
    }
}
