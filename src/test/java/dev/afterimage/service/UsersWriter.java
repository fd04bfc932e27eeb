package dev.afterimage.service;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The application whose database is backed up: a process that adds users until it is told to stop, which is when its
 * standard input ends. Prints {@code committed <rows in the table>} after each commit, {@code error <what>} when SQLite
 * refuses something, and {@code done} at its end.
 */
final class UsersWriter {

    private static volatile boolean told;

    /**
     * @param inserts how many at most
     * @param batch how many in one transaction; 1 for none
     * @param busyTimeoutMillis how long SQLite waits for locks; 0 for not at all
     * @param atMost when it stops by itself
     * @param pause between transactions
     */
    record Plan(Path file, int inserts, int batch, int busyTimeoutMillis, Duration atMost, Duration pause) {

        List<String> arguments() {
            return List.of(
                    file.toString(),
                    Integer.toString(inserts),
                    Integer.toString(batch),
                    Integer.toString(busyTimeoutMillis),
                    atMost.toString(),
                    pause.toString());
        }

        static Plan of(String... arguments) {
            return new Plan(
                    Path.of(arguments[0]),
                    Integer.parseInt(arguments[1]),
                    Integer.parseInt(arguments[2]),
                    Integer.parseInt(arguments[3]),
                    Duration.parse(arguments[4]),
                    Duration.parse(arguments[5]));
        }
    }

    static void main(String[] arguments) throws SQLException {
        Thread.ofPlatform().daemon().start(UsersWriter::awaitEndOfInput);
        var plan = Plan.of(arguments);
        try (var connection = Users.open(plan.file(), plan.busyTimeoutMillis())) {
            if (plan.batch() == 1) {
                beFasterThanTheDisk(connection);
            }
            write(connection, plan);
            System.out.println("done");
        } catch (SQLException e) {
            System.out.println("error " + e.getMessage());
            System.exit(1);
        }
    }

    private static void awaitEndOfInput() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // The pipe is broken: there is nobody any more who could tell us anything.
        }
        told = true;
    }

    /** A commit of a single row would be little else than waiting for the disk. */
    private static void beFasterThanTheDisk(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute("PRAGMA synchronous = OFF");
        }
    }

    private static void write(Connection connection, Plan plan) throws SQLException {
        long row = count(connection);
        long end = row + plan.inserts();
        long until = System.nanoTime() + plan.atMost().toNanos();
        connection.setAutoCommit(plan.batch() == 1);
        try (var insert = Users.insert(connection)) {
            while (row < end && !told && System.nanoTime() < until) {
                for (int i = 0; i < plan.batch(); i++) {
                    Users.add(insert, row++);
                }
                if (plan.batch() > 1) {
                    connection.commit();
                }
                System.out.println("committed " + row);
                LockSupport.parkNanos(plan.pause().toNanos());
            }
        }
    }

    private static long count(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT count(*) FROM users")) {
            row.next();
            return row.getLong(1);
        }
    }

    private UsersWriter() {}
}
