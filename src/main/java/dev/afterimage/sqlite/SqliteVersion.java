package dev.afterimage.sqlite;

import static dev.afterimage.sqlite.Connections.text;

import java.sql.DriverManager;
import java.sql.SQLException;

/** The SQLite that this service carries. */
public final class SqliteVersion {

    private static final String LIBRARY = ask();

    /** Such as {@code 3.54.1}. */
    public static String ofLibrary() {
        return LIBRARY;
    }

    private static String ask() {
        try (var connection = DriverManager.getConnection("jdbc:sqlite::memory:")) {
            return text(connection, "SELECT sqlite_version()");
        } catch (SQLException e) {
            throw new IllegalStateException("SQLite does not run here", e);
        }
    }

    private SqliteVersion() {}
}
