package dev.afterimage.docker;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * An application that commits without pause, as the main class of a container of its own. Each commit adds an order and
 * adds its sum to a total, so that a state between two commits, or mixed of several, shows.
 */
final class OrdersWriter {

    static final String SUMS_AGREE = "SELECT (SELECT sum(cents) FROM orders) = (SELECT cents FROM total)";

    static void main(String[] args) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + args[0])) {
            execute(connection, "PRAGMA journal_mode = WAL");
            execute(connection, "PRAGMA busy_timeout = 0");
            execute(connection, "CREATE TABLE orders (id INTEGER PRIMARY KEY, cents INTEGER)");
            execute(connection, "CREATE TABLE total (cents INTEGER)");
            execute(connection, "INSERT INTO total VALUES (0)");
            for (var commits = 1; ; commits++) {
                addOrder(connection, ThreadLocalRandom.current().nextInt(100_000));
                if (commits % 100 == 0) {
                    System.out.println("committed " + commits);
                }
            }
        }
    }

    private static void addOrder(Connection connection, int cents) throws SQLException {
        execute(connection, "BEGIN IMMEDIATE");
        execute(connection, "INSERT INTO orders (cents) VALUES (" + cents + ")");
        execute(connection, "UPDATE total SET cents = cents + " + cents);
        execute(connection, "COMMIT");
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
