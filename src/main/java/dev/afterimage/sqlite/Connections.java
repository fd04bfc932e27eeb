package dev.afterimage.sqlite;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteOpenMode;

/**
 * Opens files that were written by others: no busy handler, no memory map (a file that shrinks would kill the process), no
 * extensions, no functions with side effects in the schema. Nothing is created, and opening alone reads nothing.
 */
final class Connections {

    /** To a live database. It neither writes to it nor checkpoints its WAL. */
    static SQLiteConnection readOnly(Path file) throws SQLException {
        var config = new SQLiteConfig();
        config.setReadOnly(true);
        return open(url(file), config);
    }

    /** To a live database whose hot journal is to be rolled back. */
    static SQLiteConnection readWrite(Path file) throws SQLException {
        var config = new SQLiteConfig();
        config.resetOpenMode(SQLiteOpenMode.CREATE);
        return open(url(file), config);
    }

    /** To a file that is ours and that nobody writes: without locks, journal, WAL. */
    static SQLiteConnection immutable(Path file) throws SQLException {
        var config = new SQLiteConfig();
        config.setReadOnly(true);
        return open(url(file) + "?immutable=1", config);
    }

    /** A <a href="https://www.sqlite.org/uri.html">URI</a>, because the driver splits plain paths at a question mark. */
    private static String url(Path file) {
        return "jdbc:sqlite:file:" + file.toAbsolutePath().toUri().getRawPath();
    }

    private static SQLiteConnection open(String url, SQLiteConfig config) throws SQLException {
        config.setBusyTimeout(0);
        var connection = (SQLiteConnection) config.createConnection(url);
        try {
            execute(connection, "PRAGMA mmap_size = 0");
            execute(connection, "PRAGMA trusted_schema = OFF");
            return connection;
        } catch (SQLException e) {
            try (connection) {
                throw e;
            }
        }
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static long number(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    static String text(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private Connections() {}
}
