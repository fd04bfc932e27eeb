package dev.afterimage.sqlite;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * An application whose database tells its generation, which the sum of all balances must fit, as a process of its own. It
 * reads or writes every millisecond on one connection, and never sees an error: {@code GenerationApplication.main(what,
 * database)}. When it is told to stop it prints the generation, how often it worked, and its longest wait in milliseconds.
 */
public final class GenerationApplication {

    private static final int ACCOUNTS = 2000;

    public static Path database(Path file, int generation, String journalMode, int filler) {
        return SampleDatabases.create(
                file,
                "PRAGMA journal_mode = " + journalMode,
                "CREATE TABLE generation AS SELECT " + generation + " AS number",
                "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER, note TEXT)",
                "INSERT INTO account WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                        + ACCOUNTS + ") SELECT i, " + generation + ", printf('%.200c', 'n') FROM n",
                "CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                        + filler + ") SELECT randomblob(1000) AS content FROM n");
    }

    public static void main(String[] arguments) throws Exception {
        try (var connection = SampleDatabases.open(Path.of(arguments[1]));
                var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            execute(connection, "PRAGMA busy_timeout = 60000");
            execute(connection, "PRAGMA synchronous = OFF");
            boolean writes = arguments[0].equals("write");
            try (var state = connection.prepareStatement(
                            "SELECT number, (SELECT sum(balance) FROM account) FROM generation");
                    var take = connection.prepareStatement("UPDATE account SET balance = balance - 1 WHERE id = ?");
                    var give = connection.prepareStatement("UPDATE account SET balance = balance + 1 WHERE id = ?")) {
                run(connection, input, state, writes ? List.of(take, give) : List.of());
            }
        }
    }

    private static void run(
            Connection connection, BufferedReader input, PreparedStatement state, List<PreparedStatement> changes)
            throws Exception {
        long turns = 0;
        long longest = 0;
        long generation = 0;
        while (!input.ready()) {
            long start = System.nanoTime();
            execute(connection, changes.isEmpty() ? "BEGIN" : "BEGIN IMMEDIATE");
            generation = generation(state);
            for (int change = 0; change < changes.size(); change++) {
                changes.get(change).setLong(1, 1 + turns * (change + 1) % ACCOUNTS);
                changes.get(change).executeUpdate();
            }
            execute(connection, "COMMIT");
            longest = Math.max(longest, System.nanoTime() - start);
            turns++;
            if (turns == 20) {
                System.out.println("working");
            }
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
        System.out.println(generation);
        System.out.println(turns);
        System.out.println(Duration.ofNanos(longest).toMillis());
    }

    private static long generation(PreparedStatement state) throws SQLException {
        try (var row = state.executeQuery()) {
            row.next();
            if (row.getLong(2) != row.getLong(1) * ACCOUNTS) {
                throw new IllegalStateException("a mix: generation " + row.getLong(1) + " has " + row.getLong(2));
            }
            return row.getLong(1);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private GenerationApplication() {}
}
