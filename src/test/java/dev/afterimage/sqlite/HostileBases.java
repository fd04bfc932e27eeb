package dev.afterimage.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Small sound databases with all that SQLite has a format for, some with a WAL or a hot journal beside them, to be mutated. */
final class HostileBases {

    private static final String NUMBERS =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) ";

    private static final List<String> TABLES = List.of(
            "CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE COLLATE NOCASE, balance REAL"
                    + " CHECK (balance > -1e9), twice AS (balance * 2), note BLOB)",
            "CREATE TABLE entry (account INTEGER REFERENCES account, k TEXT, v, PRIMARY KEY (k, account)) WITHOUT ROWID",
            "CREATE INDEX account_by_balance ON account (abs(balance) DESC) WHERE balance <> 3",
            "CREATE INDEX account_by_note ON account (substr(note, 1, 20), name)",
            "CREATE VIEW rich AS SELECT name FROM account WHERE balance > 100",
            "CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry WHERE v IS NULL; END",
            NUMBERS.formatted(60) + "INSERT INTO account (name, balance, note)"
                    + " SELECT printf('%.*c%d', i % 30, 'n', i), i * 1.5, zeroblob(i * 17) FROM n",
            NUMBERS.formatted(80)
                    + "INSERT INTO entry SELECT i, printf('k%d', i * 7919 % 101), printf('%.*c', i, 'v') FROM n",
            "CREATE TABLE gone (x)",
            NUMBERS.formatted(200) + "INSERT INTO gone SELECT printf('%.90c', 'x') FROM n",
            "DROP TABLE gone",
            "ANALYZE");

    private static final List<String> MODULES = List.of(
            "CREATE VIRTUAL TABLE words USING fts5(a, b)",
            NUMBERS.formatted(40) + "INSERT INTO words SELECT 'some word ' || i, 'more words ' || (i * i) FROM n",
            "CREATE VIRTUAL TABLE old USING fts4(a)",
            NUMBERS.formatted(20) + "INSERT INTO old SELECT 'old word ' || i FROM n",
            "CREATE VIRTUAL TABLE box USING rtree(id, x0, x1, y0, y1)",
            NUMBERS.formatted(60) + "INSERT INTO box SELECT i, i, i + 1, -i, i FROM n");

    /** Makes them in a directory that is empty. */
    static List<Path> in(Path directory) throws IOException, SQLException {
        return List.of(
                idle(directory.resolve("small.db"), 512, "UTF-8", TABLES),
                idle(directory.resolve("wide.db"), 1024, "UTF-16le", TABLES),
                idle(directory.resolve("large.db"), 65536, "UTF-8", TABLES),
                idle(directory.resolve("modules.db"), 1024, "UTF-8", MODULES),
                withWal(directory, directory.resolve("wal.db")),
                withHotJournal(directory, directory.resolve("hot.db")));
    }

    private static Path idle(Path file, int pageSize, String encoding, List<String> statements) throws SQLException {
        try (var connection = SampleDatabases.open(file)) {
            fill(connection, pageSize, encoding, statements);
        }
        return file;
    }

    private static void fill(Connection connection, int pageSize, String encoding, List<String> statements)
            throws SQLException {
        SampleDatabases.execute(connection, "PRAGMA page_size = " + pageSize);
        SampleDatabases.execute(connection, "PRAGMA encoding = '" + encoding + "'");
        SampleDatabases.execute(connection, "PRAGMA auto_vacuum = " + (pageSize == 1024 ? "FULL" : "NONE"));
        SampleDatabases.execute(connection, "PRAGMA synchronous = OFF");
        for (var sql : statements) {
            SampleDatabases.execute(connection, sql);
        }
    }

    private static Path withWal(Path directory, Path file) throws IOException, SQLException {
        var live = directory.resolve("live.db");
        try (var connection = SampleDatabases.open(live)) {
            SampleDatabases.execute(connection, "PRAGMA journal_mode = WAL");
            fill(connection, 512, "UTF-8", TABLES);
            SampleDatabases.execute(connection, "UPDATE account SET balance = balance + 1");
            Files.copy(live, file);
            Files.copy(Beside.wal(live), Beside.wal(file));
        }
        Files.delete(live);
        return file;
    }

    /** As a writer leaves it that dies after its cache has spilled. */
    private static Path withHotJournal(Path directory, Path file) throws IOException, SQLException {
        var live = idle(directory.resolve("live.db"), 512, "UTF-8", TABLES);
        try (var connection = SampleDatabases.open(live)) {
            SampleDatabases.execute(connection, "PRAGMA cache_size = 1");
            SampleDatabases.execute(connection, "BEGIN");
            SampleDatabases.execute(connection, "UPDATE account SET note = zeroblob(900), balance = 7");
            SampleDatabases.execute(connection, "UPDATE entry SET v = 'w'");
            Files.copy(live, file);
            Files.copy(Beside.journal(live), Beside.journal(file));
        }
        Files.delete(live);
        return file;
    }

    private HostileBases() {}
}
