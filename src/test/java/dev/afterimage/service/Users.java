package dev.afterimage.service;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.sqlite.SQLiteConfig;

/**
 * A table like the users of an LDAP server: a text key and four unique indexes, which each row touches at random places.
 * Row n of it is the same in every run. Writers add rows 0, 1, 2, …, so a committed state holds exactly the rows 0 to
 * k−1, and a mix of two states does not.
 *
 * @param rows how many there are
 * @param first number of the first one
 * @param last number of the last one
 * @param wrong how many are not as they were written
 * @param integrity what SQLite's integrity_check prints
 */
record Users(long rows, long first, long last, long wrong, List<String> integrity) {

    private static final String TABLE = """
            CREATE TABLE users (
                user_id varchar(255) NOT NULL PRIMARY KEY,
                display_name varchar(255) NOT NULL,
                email varchar(255) NOT NULL,
                creation_date datetime NOT NULL,
                uuid varchar(36) NOT NULL,
                lowercase_email varchar(255) NOT NULL
            )
            """;

    /** What a row must be, told from its key alone. */
    private static final String WRONG = """
            display_name <> 'User ' || cast(substr(user_id, 5) AS integer)
                OR email <> upper(user_id) || '@example.org'
                OR lowercase_email <> user_id || '@example.org'
                OR length(uuid) <> 36
            """;

    static void create(Path file, String journalMode) throws SQLException {
        try (var connection = open(file, 0);
                var statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = " + journalMode);
            statement.execute(TABLE);
            statement.execute("CREATE UNIQUE INDEX users_uuid ON users (uuid)");
            statement.execute("CREATE UNIQUE INDEX users_email ON users (email)");
            statement.execute("CREATE UNIQUE INDEX users_lowercase_email ON users (lowercase_email)");
        }
    }

    /** Makes a database that has rows already, in one transaction. */
    static void create(Path file, String journalMode, int rows) throws SQLException {
        create(file, journalMode);
        try (var connection = open(file, 0);
                var insert = insert(connection)) {
            connection.setAutoCommit(false);
            for (int row = 0; row < rows; row++) {
                add(insert, row);
            }
            connection.commit();
        }
    }

    static Connection open(Path file, int busyTimeoutMillis) throws SQLException {
        var config = new SQLiteConfig();
        config.setBusyTimeout(busyTimeoutMillis);
        return config.createConnection("jdbc:sqlite:" + file);
    }

    static PreparedStatement insert(Connection connection) throws SQLException {
        return connection.prepareStatement("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)");
    }

    static void add(PreparedStatement insert, long row) throws SQLException {
        var id = "user%09d".formatted(row);
        insert.setString(1, id);
        insert.setString(2, "User " + row);
        insert.setString(3, "USER%09d@example.org".formatted(row));
        insert.setString(4, "2026-01-01 00:00:00");
        insert.setString(5, UUID.nameUUIDFromBytes(id.getBytes()).toString());
        insert.setString(6, id + "@example.org");
        insert.executeUpdate();
    }

    static Users read(Path file) throws SQLException {
        try (var connection = open(file, 10_000);
                var statement = connection.createStatement()) {
            var integrity = new ArrayList<String>();
            try (var lines = statement.executeQuery("PRAGMA integrity_check")) {
                while (lines.next()) {
                    integrity.add(lines.getString(1));
                }
            }
            try (var row = statement.executeQuery("""
                    SELECT count(*),
                        coalesce(min(cast(substr(user_id, 5) AS integer)), 0),
                        coalesce(max(cast(substr(user_id, 5) AS integer)), -1),
                        count(*) FILTER (WHERE %s)
                    FROM users
                    """.formatted(WRONG))) {
                row.next();
                return new Users(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4), integrity);
            }
        }
    }

    /** Whether these are exactly the rows 0 to {@link #rows}−1, in a sound file. The keys are unique. */
    boolean whole() {
        return first == 0 && last == rows - 1 && wrong == 0 && integrity.equals(List.of("ok"));
    }
}
