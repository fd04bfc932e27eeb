package dev.afterimage.demo;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import org.sqlite.SQLiteConfig;

/** The table of the demo's shop. Orders are numbered without gaps; the oldest go when there are more than {@link #MOST}. */
final class Orders implements AutoCloseable {

    static final int MOST = 60_000;

    private static final int AT_FIRST = 50_000;
    private static final int BUSY_TIMEOUT_MILLIS = 10_000;

    /**
     * What the table holds.
     *
     * @param rows how many orders
     * @param first number of the oldest, 0 when there is none
     * @param last number of the newest, 0 when there is none
     */
    record Contents(long rows, long first, long last) {

        /** Whether these are all orders from the first to the last. */
        boolean gapless() {
            return rows == last - first + 1;
        }
    }

    private final Connection connection;

    /** Opens the shop's database as its application: makes file and table when they are not there. */
    static Orders open(Path file) throws SQLException {
        var config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        return new Orders(DriverManager.getConnection("jdbc:sqlite:" + file.toUri(), config.toProperties()));
    }

    private Orders(Connection connection) throws SQLException {
        this.connection = connection;
        connection.setAutoCommit(false);
        update("""
                CREATE TABLE IF NOT EXISTS orders (
                    number INTEGER PRIMARY KEY,
                    customer TEXT NOT NULL,
                    item TEXT NOT NULL,
                    quantity INTEGER NOT NULL,
                    cents INTEGER NOT NULL,
                    placed_at TEXT NOT NULL
                )
                """);
        update("CREATE INDEX IF NOT EXISTS orders_by_customer ON orders (customer, number)");
        connection.commit();
        if (contents(connection).last() == 0) {
            place(AT_FIRST);
        }
    }

    /** One transaction: so many new orders, and the oldest ones go. */
    void place(int orders) throws SQLException {
        try (var insert = connection.prepareStatement("""
                INSERT INTO orders (customer, item, quantity, cents, placed_at)
                SELECT 'customer-' || abs(random() % 5000), hex(randomblob(8)), 1 + abs(random() % 9),
                    100 + abs(random() % 50000), ?
                """)) {
            insert.setString(1, Instant.now().toString());
            for (int i = 0; i < orders; i++) {
                insert.executeUpdate();
            }
        }
        update("DELETE FROM orders WHERE number <= (SELECT max(number) FROM orders) - " + MOST);
        connection.commit();
    }

    private void update(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    /** Reads a database to which its application is writing. */
    static Contents live(Path file) throws SQLException {
        return contents(file, "?mode=ro");
    }

    /** Reads a database that nobody writes, and leaves no file beside it. */
    static Contents atRest(Path file) throws SQLException {
        return contents(file, "?mode=ro&immutable=1");
    }

    private static Contents contents(Path file, String how) throws SQLException {
        var config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        config.setReadOnly(true);
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file.toUri() + how, config.toProperties())) {
            return contents(connection);
        }
    }

    private static Contents contents(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT count(*), coalesce(min(number), 0), coalesce(max(number), 0) FROM orders
                        """)) {
            row.next();
            return new Contents(row.getLong(1), row.getLong(2), row.getLong(3));
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
