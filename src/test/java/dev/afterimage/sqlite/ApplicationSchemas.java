package dev.afterimage.sqlite;

import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.Collation;
import org.sqlite.Function;

/** Databases whose schema needs what only their application has. Each also has a table {@code plain}. */
public final class ApplicationSchemas {

    private static final int INNOCUOUS = 0x200000;

    public static Path indexOnCollation(Path file) {
        return create(
                file,
                "CREATE TABLE sorted(x TEXT COLLATE backwards)",
                "CREATE INDEX sorted_x ON sorted(x)",
                "INSERT INTO sorted VALUES ('a'), ('b'), ('c')");
    }

    public static Path indexOnFunction(Path file) {
        return create(
                file,
                "CREATE TABLE shouted(x TEXT)",
                "CREATE INDEX shouted_x ON shouted(shout(x))",
                "INSERT INTO shouted VALUES ('a'), ('b'), ('c')");
    }

    public static Path virtualTable(Path file, String module) {
        return create(
                file,
                "CREATE VIRTUAL TABLE words USING fts5(body)",
                "INSERT INTO words VALUES ('the quick brown fox')",
                "PRAGMA writable_schema = ON",
                "UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE words USING " + module
                        + "' WHERE name = 'words'");
    }

    private static Path create(Path file, String... statements) {
        try (var connection = SampleDatabases.open(file)) {
            Collation.create(connection, "backwards", new Collation() {
                @Override
                protected int xCompare(String first, String second) {
                    return second.compareTo(first);
                }
            });
            Function.create(
                    connection,
                    "shout",
                    new Function() {
                        @Override
                        protected void xFunc() throws SQLException {
                            result(value_text(0) + "!");
                        }
                    },
                    1,
                    Function.FLAG_DETERMINISTIC | INNOCUOUS);
            SampleDatabases.execute(connection, "CREATE TABLE plain(id INTEGER PRIMARY KEY, x UNIQUE)");
            SampleDatabases.execute(
                    connection,
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
                            + " INSERT INTO plain SELECT i, 'plain' || i FROM n");
            for (var sql : statements) {
                SampleDatabases.execute(connection, sql);
            }
            return file;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private ApplicationSchemas() {}
}
