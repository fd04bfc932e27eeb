package dev.afterimage.sqlite.check;

import static dev.afterimage.sqlite.SampleDatabases.create;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.sqlite.ApplicationSchemas;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is an application's own state, and what is damage. */
class ContentComplaintTests {

    @TempDir
    Path directory;

    /** Every row that SQLite 3.53.2 can print, by the order of its sources; tables may be called as rows are. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            STRUCTURE | *** in database main ***\\nPage 3: never used
            STRUCTURE | *** in database main ***\\nFreelist: size is 3 but should be 4
            STRUCTURE | *** in database main ***\\nTree 2 page 5 cell 1: Rowid 7 out of order
            STRUCTURE | wrong # of entries in index NULL value in t.x
            STRUCTURE | row not in PRIMARY KEY order for t
            CONTENT   | NULL value in t.x
            CONTENT   | NULL value in row 1 missing from index i.x
            CONTENT   | non-INTEGER value in t.x
            CONTENT   | non-INT value in t.x
            CONTENT   | non-REAL value in t.x
            CONTENT   | non-TEXT value in t.x
            CONTENT   | non-BLOB value in t.x
            CONTENT   | NUMERIC value in t.x
            CONTENT   | TEXT value in t.x
            CONTENT   | CHECK constraint failed in t
            CONTENT   | index i stores an imprecise floating-point value for row 1
            STRUCTURE | row 1 missing from index i
            STRUCTURE | row 1 missing from index NULL value in
            STRUCTURE | rowid not at end-of-record for row 1 of index i
            STRUCTURE | row 1 values differ from index i
            CONTENT   | non-unique entry in index i
            CONTENT   | malformed inverted index for FTS3 table main.t
            CONTENT   | malformed inverted index for FTS4 table main.t
            UNPROVEN  | unable to validate the inverted index for FTS4 table main.t: SQL logic error
            STRUCTURE | unable to validate the inverted index for FTS4 table main.t: database disk image is malformed
            STRUCTURE | malformed inverted index for FTS5 table main.t
            UNPROVEN  | unable to validate the inverted index for FTS5 table main.t: SQL logic error
            STRUCTURE | In RTree main.t:\\nMapping (1 -> 1) missing from %_rowid table
            STRUCTURE | database disk image is malformed
            STRUCTURE | what a later version prints
            """)
    void ofWhenSqlitePrintsARowTellsWhatItIsAbout(Complaint expected, String row) {
        assertThat(Complaint.of(row.replace("\\n", "\n"))).isEqualTo(expected);
    }

    static Stream<Arguments> contents() {
        return Stream.of(
                content(
                        1,
                        "NULL value in t.x",
                        "CREATE TABLE t(x)",
                        "INSERT INTO t VALUES (NULL)",
                        turned("t(x NOT NULL)")),
                content(
                        2,
                        "non-INTEGER value in t.x",
                        "CREATE TABLE t(x ANY) STRICT",
                        "INSERT INTO t VALUES ('a'), ('b')",
                        turned("t(x INTEGER) STRICT")),
                content(
                        1,
                        "NUMERIC value in t.x",
                        "CREATE TABLE t(x)",
                        "INSERT INTO t VALUES (1)",
                        turned("t(x TEXT)")),
                content(
                        1,
                        "TEXT value in t.x",
                        "CREATE TABLE t(x)",
                        "INSERT INTO t VALUES ('1')",
                        turned("t(x INTEGER)")),
                content(
                        1,
                        "non-unique entry in index i",
                        "CREATE TABLE t(x)",
                        "CREATE INDEX i ON t(x)",
                        "INSERT INTO t VALUES (1), (1), (2)",
                        "UPDATE sqlite_schema SET sql = 'CREATE UNIQUE INDEX i ON t(x)' WHERE name = 'i'"),
                content(
                        2,
                        "index i stores an imprecise floating-point value for row 1",
                        "CREATE TABLE t(x REAL)",
                        "CREATE INDEX i ON t(x * 1.0)",
                        "INSERT INTO t VALUES (0.2), (0.3)",
                        "UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON t(x * 1.0000000000000002)' WHERE name = 'i'"),
                content(
                        1,
                        "malformed inverted index for FTS4 table main.f",
                        "CREATE TABLE t(x)",
                        "CREATE VIRTUAL TABLE f USING fts4(content='t', x)",
                        "INSERT INTO t VALUES ('not indexed')"));
    }

    private static Arguments content(long count, String message, String... statements) {
        return Arguments.of(count, message, List.of(statements));
    }

    private static String turned(String table) {
        return "UPDATE sqlite_schema SET sql = 'CREATE TABLE %s' WHERE name = 't'".formatted(table);
    }

    @ParameterizedTest
    @MethodSource("contents")
    void runWhenContentBreaksTheSchemaCountsItAndPasses(long count, String message, List<String> statements) {
        var file = made(statements);

        var result = IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE);

        assertThat(result.messages()).isEmpty();
        assertThat(result.passed()).isTrue();
        assertThat(result.contentViolations()).isEqualTo(count);
        assertThat(result.contentMessages()).contains(message);
    }

    @Test
    void runWhenRowsBreakACheckConstraintPasses() {
        var file = made(List.of(
                "CREATE TABLE t(x CHECK (x > 0))",
                "PRAGMA ignore_check_constraints = ON",
                "INSERT INTO t VALUES (-1)"));

        assertThat(IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE).passed())
                .isTrue();
    }

    @Test
    void runWhenTheTableOfAFullTextIndexIsGoneSaysThatItIsUnproven() {
        var file =
                made(List.of("CREATE TABLE t(x)", "CREATE VIRTUAL TABLE f USING fts4(content='t', x)", "DROP TABLE t"));

        var result = IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE);

        assertThat(result.passed()).isTrue();
        assertThat(result.unproven()).anySatisfy(line -> assertThat(line).contains("FTS4 table main.f"));
    }

    /** More complaints than SQLite prints unless it is asked for more, and than are asked for at first. */
    @ParameterizedTest
    @CsvSource({"150, 151", "10500, 10501"})
    void runWhenMuchContentIsWrongStillFindsTheRowThatAnIndexMisses(int nulls, int row) {
        var file = made(List.of(
                "CREATE TABLE t(x, y)",
                "CREATE INDEX i ON t(y)",
                "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < %d)".formatted(nulls)
                        + " INSERT INTO t SELECT NULL, n FROM n",
                "INSERT INTO t VALUES (1, 'here')",
                turned("t(x NOT NULL, y)")));
        var root = SampleDatabases.ask(file, "SELECT rootpage FROM sqlite_schema WHERE name = 'i'");
        create(file, "PRAGMA writable_schema = ON", "DELETE FROM sqlite_schema WHERE name = 'i'");
        create(file, "UPDATE t SET y = 'elsewhere' WHERE y = 'here'");
        create(
                file,
                "PRAGMA writable_schema = ON",
                "INSERT INTO sqlite_schema VALUES ('index', 'i', 't', %s, 'CREATE INDEX i ON t(y)')".formatted(root));

        assertThat(IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE).messages())
                .containsExactly("row %d missing from index i".formatted(row));
    }

    /** Each table is then checked by itself, for which SQLite prints 100 rows whatever it is asked for. */
    @Test
    void runWhenAFunctionIsMissingAndMuchContentIsWrongSaysThatMoreMayBe() {
        var file = directory.resolve("functions.db");
        ApplicationSchemas.indexOnFunction(file);
        var nulls = String.join(
                ", ", IntStream.range(0, 150).mapToObj(n -> "(NULL)").toList());
        create(
                file,
                "CREATE TABLE t(x)",
                "INSERT INTO t VALUES " + nulls,
                "PRAGMA writable_schema = ON",
                turned("t(x NOT NULL)"));

        var result = IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE);

        assertThat(result.passed()).isTrue();
        assertThat(result.unproven()).anySatisfy(line -> assertThat(line).startsWith("table t: "));
    }

    private Path made(List<String> statements) {
        var file = directory.resolve("content.db");
        create(
                file,
                Stream.concat(
                                statements.stream().limit(statements.size() - 1L),
                                Stream.of("PRAGMA writable_schema = ON", statements.getLast()))
                        .toArray(String[]::new));
        return file;
    }
}
