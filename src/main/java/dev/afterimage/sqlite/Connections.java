package dev.afterimage.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteLimits;
import org.sqlite.SQLiteOpenMode;

/**
 * Opens files that were written by others, perhaps by somebody who means harm
 * (<a href="https://www.sqlite.org/security.html">SQLite's advice</a>): no busy handler, no memory map (a file that shrinks
 * would kill the process), no extensions, no functions with side effects in the schema, each cell of a page proven to be within it,
 * and limits. Nothing is created, and opening alone reads nothing. A symbolic link anywhere in the path of a live database is refused.
 */
public final class Connections {

    /** <a href="https://www.sqlite.org/c3ref/open.html">SQLITE_OPEN_NOFOLLOW</a>, which the driver has no name for. */
    private static final int NO_FOLLOW = 0x01000000;

    /** VACUUM INTO attaches what it writes. */
    private static final int MOST_ATTACHED = 1;

    private static final int LONGEST_PATTERN = 1000;

    /** For what is not a value of the file, such as the schema's statements in another encoding. */
    private static final long LENGTH_OF_OTHERS = 1 << 20;

    /** To a live database. It neither writes to it nor checkpoints its WAL. */
    public static SQLiteConnection readOnly(Path file) throws SQLException {
        var config = new SQLiteConfig();
        config.setReadOnly(true);
        return open(url(file), withoutFollowing(config));
    }

    /** To a live database whose hot journal is to be rolled back. */
    public static SQLiteConnection readWrite(Path file) throws SQLException {
        var config = new SQLiteConfig();
        config.resetOpenMode(SQLiteOpenMode.CREATE);
        return open(url(file), withoutFollowing(config));
    }

    private static SQLiteConfig withoutFollowing(SQLiteConfig config) {
        var properties = config.toProperties();
        var flags = Integer.toString(config.getOpenModeFlags() | NO_FOLLOW);
        properties.setProperty(SQLiteConfig.Pragma.OPEN_MODE.pragmaName, flags);
        return new SQLiteConfig(properties);
    }

    /**
     * To a file that is ours and that nobody writes: without locks, journal, WAL. No value of it can be longer than the file, so
     * none is made that is longer than twice that, which leaves room for another encoding.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when it cannot be looked at
     */
    public static SQLiteConnection immutable(Path file) throws SQLException {
        long longest = Math.min(Integer.MAX_VALUE, LENGTH_OF_OTHERS + 2 * sizeOfOurs(file));
        var config = new SQLiteConfig();
        config.setReadOnly(true);
        var connection = open(url(file) + "?immutable=1", config);
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_LENGTH, (int) longest);
        return connection;
    }

    /** @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when it cannot be looked at */
    public static long sizeOfOurs(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
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
            execute(connection, "PRAGMA cell_size_check = ON");
            connection.setLimit(SQLiteLimits.SQLITE_LIMIT_ATTACHED, MOST_ATTACHED);
            connection.setLimit(SQLiteLimits.SQLITE_LIMIT_TRIGGER_DEPTH, 1);
            connection.setLimit(SQLiteLimits.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN);
            return connection;
        } catch (SQLException e) {
            try (connection) {
                throw e;
            }
        }
    }

    public static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    public static long number(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    public static String text(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private Connections() {}
}
