package dev.afterimage.content;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.problem.ProblemCode;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that somebody deleted, as statements that bring them back. */
class DumpedRowsTests {

    private static final String HOSTILE_NAME = "\"a'\"\";\n.shell touch owned\n--\"";

    @TempDir
    Path directory;

    private String rows(Path file, List<String> tables, String where) throws Exception {
        var out = new ByteArrayOutputStream();
        SqlDump.writeRows(file, tables, where, out, new LargeValues.Sizes(1000, 200, 2000));
        return out.toString();
    }

    private Path database(String name, String... statements) {
        return create(directory.resolve(name), statements);
    }

    private static String[] with(List<String> schema, String... more) {
        var all = new ArrayList<>(schema);
        all.addAll(Arrays.asList(more));
        return all.toArray(String[]::new);
    }

    @ParameterizedTest
    @EnumSource(DumpReader.class)
    void writeRowsGivesThemBackByteForByte(DumpReader reader) throws Exception {
        assumeThat(reader.isThere()).isTrue();
        for (var encoding : List.of("UTF-8", "UTF-16le")) {
            var schema = List.of(
                    "PRAGMA encoding = '" + encoding + "'",
                    "CREATE TABLE " + HOSTILE_NAME + " (id INTEGER PRIMARY KEY, \"v\"\"'\n\", twice AS (id * 2), note)",
                    "CREATE TABLE pair (a TEXT COLLATE NOCASE, b, PRIMARY KEY (a, b)) WITHOUT ROWID",
                    "CREATE TABLE plain (id, note)",
                    "CREATE INDEX by_note ON plain (note)");
            var kept = new String[] {
                "INSERT INTO " + HOSTILE_NAME + " (id, note) VALUES (1, 'kept')",
                "INSERT INTO pair VALUES ('kept', 1)",
                "INSERT INTO plain VALUES (1, 'kept')"
            };
            var deleted = new String[] {
                "INSERT INTO " + HOSTILE_NAME
                        + " VALUES (-5, NULL, 9007199254740993), (7, 0.1, -1e999), (8, 'it''s\r\n;\n/\ngo\n', x'00ff'),"
                        + " (9, '', x''), (10, char(0, 65, 65534, 128512), 'é'), (9223372036854775807, 1e308, 5e-324)",
                "INSERT INTO " + HOSTILE_NAME
                        + " SELECT 100 + value, hex(zeroblob(1500 * value)), randomblob(3001 * value) FROM json_each('[1, 2, 3]')",
                "INSERT INTO pair VALUES ('a', 'A'), ('b', x'01'), ('b', 2.0)",
                "INSERT INTO plain SELECT 1 + value, zeroblob(4001) FROM json_each('[1, 2, 3]')"
            };
            var source = database(reader + encoding + "-source.db", with(schema, with(List.of(kept), deleted)));
            var target = database(reader + encoding + "-target.db", with(schema, kept));
            var where = "1 /* those; that are gone */ AND NOT coalesce('kept' IN (a, b), 0) -- )";
            var sql = rows(source, List.of("pair"), where)
                    + rows(source, List.of("a'\";\n.shell touch owned\n--", "PLAIN"), "note IS NOT 'kept'");
            var dump = Files.writeString(directory.resolve("rows.sql"), sql);

            reader.read(dump, target);

            EqualDatabases.assertEqual(target, source);
            assertThat(directory.resolve("owned")).doesNotExist();
            assertThat(Path.of("owned")).doesNotExist();
        }
    }

    @Test
    void writeRowsNamesColumnsAndNoRowidsOfItsOwn() throws Exception {
        var source = database("source.db", "CREATE TABLE t (a, b)", "INSERT INTO t VALUES (1, 2), (3, 4), (NULL, 6)");

        assertThat(rows(source, List.of("t"), "a > 1"))
                .isEqualTo("BEGIN TRANSACTION;\nINSERT INTO \"t\"(\"a\",\"b\") VALUES(3,4);\nCOMMIT;\n");
        assertThat(rows(source, List.of("t"), "0")).isEqualTo("BEGIN TRANSACTION;\nCOMMIT;\n");
        assertThat(rows(source, List.of("t"), "rowid IN (SELECT max(rowid) FROM t)"))
                .contains("VALUES(NULL,6)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1; DELETE FROM t",
                "1) UNION SELECT 1, 2, 3 -- ",
                "1) OR (1",
                "(1",
                "1 /*",
                "'",
                "?",
                "?1 = 1",
                ":a IS NULL",
                "1 ORDER BY a",
                "1 LIMIT 1",
                "load_extension('owned.so')",
                "fts3_tokenizer('simple') IS NOT NULL",
                "a IN (SELECT file FROM pragma_database_list)",
                "nothing = 1",
                "a = 1\0"
            })
    void writeRowsWhenTheConditionIsNoneIsRefusedBeforeTheFirstByte(String where) {
        var source = database("source.db", "CREATE TABLE t (a, b)", "INSERT INTO t VALUES (1, 2)");
        var out = new ByteArrayOutputStream();

        assertThatProblem(ProblemCode.QUERY_REFUSED)
                .isThrownBy(() -> SqlDump.writeRows(source, List.of("t"), where, out));

        assertThat(out.size()).isZero();
        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    @Test
    void writeRowsWhenThereIsNoSuchTableIsRefused() {
        var source = database(
                "source.db",
                "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)",
                "CREATE VIEW v AS SELECT 1",
                "CREATE VIRTUAL TABLE f USING fts5(x)");
        for (var name : List.of("nothing", "v", "f", "sqlite_sequence", "sqlite_schema", "t; DROP TABLE t", "")) {
            assertThatProblem(ProblemCode.QUERY_REFUSED, "no table").isThrownBy(() -> rows(source, List.of(name), "1"));
        }
    }

    /** The condition is held to what queries may take, and the values of the rows are not. */
    @Test
    void writeRowsWhenAValueIsLongerThanQueriesReadGivesIt() throws Exception {
        var source = database(
                "source.db",
                "CREATE TABLE t (id INTEGER PRIMARY KEY, b)",
                "INSERT INTO t VALUES (1, zeroblob(9000000)), (2, 3)");

        var out = new ByteArrayOutputStream();
        SqlDump.writeRows(source, List.of("t"), "id = 1", out);
        assertThat(out.size()).isGreaterThan(18_000_000);
        assertThatProblem(ProblemCode.QUERY_TOO_LARGE)
                .isThrownBy(() -> SqlDump.writeRows(source, List.of("t"), "hex(b) > ''", out));
    }
}
