package dev.afterimage.sqlite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.sqlite.JDBC;

/** Makes databases, and reads them for comparison. No connection is left open. */
public final class SampleDatabases {

    public static final long SUM_OF_BALANCES = 1_000_000;

    /** 1,000 accounts with a balance of 1,000 each: about 70 pages of 4096 bytes. */
    public static Path accounts(Path file, String journalMode) {
        return create(
                file,
                "PRAGMA page_size = 4096",
                "PRAGMA journal_mode = " + journalMode,
                "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, note TEXT)",
                """
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
                INSERT INTO account SELECT i, 1000, printf('%.200c', 'n') FROM n
                """);
    }

    public static Path create(Path file, String... statements) {
        try (var connection = open(file)) {
            for (var sql : statements) {
                execute(connection, sql);
            }
            return file;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** Adds that many bytes of random content, a row per KiB. */
    public static void addRandomBytes(Path file, long bytes) {
        create(
                file,
                "CREATE TABLE filler (id INTEGER PRIMARY KEY, content BLOB)",
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + bytes / 1024 + ")"
                        + " INSERT INTO filler SELECT i, randomblob(1000) FROM n");
    }

    /** The first column of the query's only row. */
    public static String ask(Path file, String query) {
        try (var connection = open(file)) {
            return Connections.text(connection, query);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** All rows of all tables, and the schema, as text. */
    public static List<String> content(Path file) {
        try (var connection = open(file)) {
            var content =
                    new ArrayList<String>(rows(connection, "SELECT type, name, sql FROM sqlite_schema ORDER BY 2"));
            for (var table : rows(connection, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")) {
                content.add(table);
                content.addAll(rows(connection, "SELECT * FROM " + table));
            }
            return content;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> rows(Connection connection, String query) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery(query)) {
            var rows = new ArrayList<String>();
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                var row = new StringBuilder();
                for (int column = 1; column <= columns; column++) {
                    var value = result.getObject(column);
                    row.append(column == 1 ? "" : "|")
                            .append(
                                    value instanceof byte[] bytes
                                            ? HexFormat.of().formatHex(bytes)
                                            : value);
                }
                rows.add(row.toString());
            }
            return rows;
        }
    }

    /** Names of the files in the directory, sorted. */
    public static List<String> filesIn(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Not by the DriverManager, which looks for drivers in all libraries: that would be a third of what a second JVM's start takes. */
    public static Connection open(Path file) throws SQLException {
        return JDBC.createConnection("jdbc:sqlite:file:" + file.toUri().getRawPath(), new Properties());
    }

    public static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private SampleDatabases() {}
}
