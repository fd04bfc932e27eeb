package dev.afterimage.content;

import static dev.afterimage.sqlite.SampleDatabases.create;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.sqlite.ApplicationSchemas;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each dump is read back by the real shell, where it is installed, and by the driver, and all is compared. */
class SqlDumpTests {

    /** So small that values of a few hundred bytes are large, and take several statements. */
    private static final LargeValues.Sizes SMALL = new LargeValues.Sizes(100, 30, 200);

    @TempDir
    Path directory;

    private String assertReadBack(DumpReader reader, Path source) throws IOException {
        return assertReadBack(reader, source, LargeValues.Sizes.DEFAULT);
    }

    private String assertReadBack(DumpReader reader, Path source, LargeValues.Sizes sizes) throws IOException {
        assumeThat(reader.isThere()).as(reader + " is installed").isTrue();
        var dump = directory.resolve("dump.sql");
        try (var out = Files.newOutputStream(dump)) {
            SqlDump.write(source, out, sizes);
        }
        var copy = directory.resolve("copy.db");
        reader.read(dump, copy);
        EqualDatabases.assertEqual(copy, source);
        return Files.readString(dump);
    }

    private Path database(String... statements) {
        return create(directory.resolve("source.db"), statements);
    }

    static Stream<Arguments> readersAndEncodings() {
        return Stream.of(DumpReader.values())
                .flatMap(reader ->
                        Stream.of("UTF-8", "UTF-16le", "UTF-16be").map(encoding -> Arguments.of(reader, encoding)));
    }

    @ParameterizedTest
    @MethodSource("readersAndEncodings")
    void writeKeepsEveryValueToTheBit(DumpReader reader, String encoding) throws IOException {
        assertReadBack(
                reader,
                database(
                        "PRAGMA encoding = '" + encoding + "'",
                        "CREATE TABLE value (id INTEGER PRIMARY KEY, v)",
                        "INSERT INTO value (v) VALUES (NULL), (0), (-1), (9223372036854775807), (-9223372036854775808)",
                        "INSERT INTO value (v) VALUES (0.0), (-0.0), (9e999), (-9e999), (0.1), (1e22), (1e23), (19.99)",
                        "INSERT INTO value (v) VALUES (2.2250738585072014e-308), (4.9e-324), (1.7976931348623157e308)",
                        "INSERT INTO value (v) VALUES (9007199254740993.0), (1e15), (-123456789012345678.0), (1.0 / 3)",
                        "INSERT INTO value (v) VALUES (''), ('O''Brien'), ('a' || char(0) || 'b'), (char(0)), ('\"')",
                        "INSERT INTO value (v) VALUES ('a\nb'), ('a\r\nb'), ('a\rb'), ('a;\n.quit\nb'), ('\n/\ngo\n;')",
                        "INSERT INTO value (v) VALUES ('grüße 🎉'), (char(65534)), (char(65535)), (char(27) || '[2J'), ('\uFEFFx')",
                        "INSERT INTO value (v) VALUES (CAST(x'FF' AS TEXT)), (CAST(x'C0AF41' AS TEXT)), (CAST(x'41D8' AS TEXT))",
                        "INSERT INTO value (v) VALUES (CAST(x'D800' AS TEXT)), (CAST(x'00D8' AS TEXT)), (CAST(x'EDA080' AS TEXT))",
                        "INSERT INTO value (v) VALUES (x''), (x'00'), (x'FF00FF'), (zeroblob(5000)), (randomblob(70000))",
                        "INSERT INTO value (v) VALUES ('-- no comment'), ('/* nor this'), ('it''s' || char(10) || ';'), ('\t')"));
    }

    @ParameterizedTest
    @EnumSource
    void writeWhenATextHasManyLinesIsReadAtOnce(DumpReader reader) throws IOException {
        var dump = assertReadBack(
                reader,
                database(
                        "CREATE TABLE script (text)",
                        "INSERT INTO script VALUES (replace(hex(zeroblob(20000)), '00', 'x = 1;' || char(10)))",
                        "INSERT INTO script VALUES (replace(hex(zeroblob(20)), '00', 'x = 1;' || char(10)))"));

        assertThat(dump).contains("INSERT INTO \"script\" VALUES(CAST(x'78", "INSERT INTO \"script\" VALUES('x = 1;\n");
    }

    @ParameterizedTest
    @EnumSource
    void writeKeepsDoublesThatDecimalsMiss(DumpReader reader) throws Exception {
        var source = database("CREATE TABLE real (id INTEGER PRIMARY KEY, v REAL, any)");
        var random = new Random(1);
        try (var connection = SampleDatabases.open(source);
                var insert = connection.prepareStatement("INSERT INTO real (v, any) VALUES (?, ?)")) {
            connection.setAutoCommit(false);
            for (int i = 0; i < 5_000; i++) {
                double anyBits = Double.longBitsToDouble(random.nextLong());
                double value = switch (i % 4) {
                    case 0 -> Double.isNaN(anyBits) ? 0 : anyBits;
                    case 1 -> random.nextInt(10_000_000) / 100.0;
                    case 2 -> random.nextLong(1_000_000_000_000L) / 1e6 - 180;
                    default -> random.nextDouble();
                };
                insert.setDouble(1, value);
                insert.setDouble(2, -value);
                insert.execute();
            }
            connection.commit();
        }
        assertReadBack(reader, source);
    }

    @ParameterizedTest
    @EnumSource
    void writeKeepsTheSchema(DumpReader reader) throws IOException {
        assertReadBack(
                reader,
                database(
                        "CREATE TABLE customer (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL COLLATE NOCASE UNIQUE)",
                        "CREATE TABLE \"or\"\"der [1]\" (id INTEGER PRIMARY KEY DESC, customer REFERENCES customer, total REAL)",
                        "CREATE TABLE strict (i INT, r REAL, t TEXT, b BLOB, a ANY) STRICT",
                        "CREATE TABLE keyed (k TEXT, n INT, note, PRIMARY KEY (k DESC, n)) WITHOUT ROWID, STRICT"
                                .replace("note,", "note ANY,"),
                        "CREATE TABLE made (a, b AS (a * 2), c INT AS (a + 1) STORED, d DEFAULT (1 + 1), rowid)",
                        "CREATE TABLE hidden (rowid, oid, _rowid_)",
                        "CREATE TABLE empty (a -- a comment\n, b /* another; */)",
                        "CREATE TABLE divided (a, b CHECK (a\n/\nb < 100 OR a\n / -- by\n-- what\n b > 0), c AS (a),\ngo\nINT)",
                        "CREATE TABLE checked (a CHECK (a > 5))",
                        "CREATE INDEX partial ON \"or\"\"der [1]\" (total) WHERE total > 10",
                        "CREATE UNIQUE INDEX expression ON customer (lower(name), id DESC)",
                        "CREATE TRIGGER copied AFTER INSERT ON customer WHEN new.id > 0 BEGIN"
                                + " INSERT INTO empty VALUES (new.id, 'it; is'); SELECT CASE WHEN 1 THEN 2 END; END",
                        "CREATE VIEW v (x, y) AS SELECT id, name FROM customer -- to the end",
                        "CREATE TRIGGER instead INSTEAD OF INSERT ON v BEGIN DELETE FROM empty; END",
                        "CREATE VIEW broken AS SELECT * FROM nowhere",
                        "INSERT INTO \"or\"\"der [1]\" VALUES (7, 99, 12.5), (3, 1, 2)",
                        "INSERT INTO customer VALUES (5, 'Ann'), (900, 'Bob')",
                        "DELETE FROM customer WHERE id = 900",
                        "INSERT INTO strict VALUES (1, 2, '3', x'04', '5'), (NULL, 1.5, NULL, NULL, 5)",
                        "INSERT INTO keyed VALUES ('b', 1, NULL), ('a', 2, x'00'), ('c', 0, 1.5)",
                        "INSERT INTO made (a, d, rowid) VALUES (1, 2, 'mine'), ('x', NULL, NULL)",
                        "INSERT INTO hidden VALUES (1, 2, 3), (NULL, NULL, NULL)",
                        "PRAGMA ignore_check_constraints = ON",
                        "INSERT INTO checked VALUES (1), (10)",
                        "PRAGMA user_version = -3",
                        "PRAGMA application_id = 252006674"));
    }

    @ParameterizedTest
    @EnumSource
    void writeKeepsRowidsThatNoColumnNames(DumpReader reader) throws IOException {
        var dump = assertReadBack(
                reader,
                database(
                        "CREATE TABLE note (text)",
                        "INSERT INTO note (rowid, text) VALUES (-5, 'a'), (-4, 'b'), (1, 'c'), (2, 'd'), (3, 'e'), (70, 'f')",
                        "INSERT INTO note (rowid, text) VALUES (9223372036854775807, 'last')",
                        "CREATE VIRTUAL TABLE found USING fts5(text, content = 'note', content_rowid = 'rowid')",
                        "INSERT INTO found (found) VALUES ('rebuild')"));

        assertThat(dump)
                .contains("INSERT INTO \"note\"(rowid,\"text\") VALUES(-5,'a');")
                .contains("INSERT INTO \"note\" VALUES('d');")
                .contains("INSERT INTO \"note\"(rowid,\"text\") VALUES(70,'f');");
    }

    @ParameterizedTest
    @EnumSource
    void writeKeepsVirtualTablesWithTheirContent(DumpReader reader) throws IOException {
        assertReadBack(
                reader,
                database(
                        "CREATE VIRTUAL TABLE three USING fts3(title, body)",
                        "CREATE VIRTUAL TABLE five USING fts5(title, body, tokenize = \"unicode61 tokenchars '-_'\")",
                        "CREATE VIRTUAL TABLE bare USING fts5(body, content = '')",
                        "CREATE VIRTUAL TABLE place USING rtree(id, x0, x1, y0, y1)",
                        "INSERT INTO three VALUES ('one', 'the quick fox'), ('two', 'a lazy dog')",
                        "INSERT INTO five VALUES ('one', 'the quick fox'), ('two', 'a lazy dog')",
                        "INSERT INTO bare VALUES ('quick and lazy')",
                        "INSERT INTO place VALUES (1, 0.5, 1, 2, 3), (2, 5, 6, 7, 8)",
                        "CREATE TABLE page (text)",
                        "CREATE TRIGGER indexed AFTER INSERT ON page BEGIN INSERT INTO five (title) VALUES (new.text); END",
                        "INSERT INTO page VALUES ('a fox again')"));

        var copy = directory.resolve("copy.db");
        assertThat(SampleDatabases.ask(copy, "SELECT group_concat(title) FROM three WHERE three MATCH 'fox'"))
                .isEqualTo("one");
        assertThat(SampleDatabases.ask(copy, "SELECT count(*) FROM five WHERE five MATCH 'fox'"))
                .isEqualTo("2");
        assertThat(SampleDatabases.ask(copy, "SELECT count(*) FROM bare WHERE bare MATCH 'lazy'"))
                .isEqualTo("1");
        assertThat(SampleDatabases.ask(copy, "SELECT id FROM place WHERE x0 > 4"))
                .isEqualTo("2");
    }

    @ParameterizedTest
    @EnumSource
    void writeWhenTheModuleOfAVirtualTableIsMissingStillKeepsItsContent(DumpReader reader) throws IOException {
        assertReadBack(
                reader,
                database(
                        "CREATE TABLE mine_data (id INTEGER PRIMARY KEY, block BLOB)",
                        "INSERT INTO mine_data VALUES (1, x'0102')",
                        "PRAGMA writable_schema = ON",
                        "INSERT INTO sqlite_schema VALUES ('table', 'mine', 'mine', 0, 'CREATE VIRTUAL TABLE mine USING modul(\r\n''x'')')"));
    }

    @ParameterizedTest
    @EnumSource
    void writeKeepsStatistics(DumpReader reader) throws IOException {
        assertReadBack(
                reader,
                database(
                        "CREATE TABLE item (a, b)",
                        "CREATE INDEX item_a ON item (a)",
                        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
                                + " INSERT INTO item SELECT i % 7, i FROM n",
                        "ANALYZE"));
    }

    @ParameterizedTest
    @EnumSource
    void writeWhenThereAreOnlyTheStatisticsOfEveryBuildMakesNoOthers(DumpReader reader) throws IOException {
        assertReadBack(
                reader,
                database(
                        "CREATE TABLE item (a)",
                        "CREATE INDEX item_a ON item (a)",
                        "INSERT INTO item VALUES (1)",
                        "ANALYZE",
                        "DROP TABLE sqlite_stat4"));
    }

    @ParameterizedTest
    @EnumSource
    void writeKeepsASequenceWhoseTablesAreGone(DumpReader reader) throws IOException {
        assertReadBack(
                reader,
                database(
                        "CREATE TABLE sequence (id INTEGER PRIMARY KEY AUTOINCREMENT)",
                        "DROP TABLE sequence",
                        "CREATE TABLE sequence (id INTEGER PRIMARY KEY)"));
    }

    @ParameterizedTest
    @EnumSource
    void writeKeepsPageSizeAndAutoVacuum(DumpReader reader) throws IOException {
        assertReadBack(
                reader, database("PRAGMA page_size = 16384", "PRAGMA auto_vacuum = INCREMENTAL", "CREATE TABLE a (b)"));
    }

    @ParameterizedTest
    @EnumSource
    void writeWhenTheDatabaseIsEmptyMakesAnEmptyOne(DumpReader reader) throws IOException {
        assertReadBack(reader, database("CREATE TABLE a (b)", "DROP TABLE a"));
    }

    @ParameterizedTest
    @EnumSource
    void writeKeepsLineEndsInQuotesOfTheSchema(DumpReader reader) throws IOException {
        assertReadBack(
                reader,
                database(
                        "CREATE TABLE a (\r\n  b DEFAULT 'one\r\ntwo',\r\n  c\r\n)",
                        "CREATE VIEW v AS SELECT 'one\r\ntwo' AS text"));

        var copy = directory.resolve("copy.db");
        assertThat(SampleDatabases.ask(copy, "SELECT hex(text) FROM v")).isEqualTo("6F6E650D0A74776F");
    }

    @ParameterizedTest
    @EnumSource
    void writeWhenTheSchemaIsNotUtf8KeepsItsBytes(DumpReader reader) throws IOException {
        assumeThat(reader).isEqualTo(DumpReader.SHELL); // JDBC takes statements as Java strings
        var source = database(
                "CREATE TABLE a (b DEFAULT 'X')",
                "PRAGMA writable_schema = ON",
                "UPDATE sqlite_schema SET sql = CAST(replace(hex(sql), '5827', 'E427') AS TEXT)");
        create(source, "PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET sql = CAST(unhex(sql) AS TEXT)");
        assumeThat(reader.isThere()).isTrue();
        var dump = directory.resolve("dump.sql");
        try (var out = Files.newOutputStream(dump)) {
            SqlDump.write(source, out);
        }
        reader.read(dump, directory.resolve("copy.db"));
        EqualDatabases.assertEqual(directory.resolve("copy.db"), source);
    }

    @ParameterizedTest
    @MethodSource("readersAndEncodings")
    void writeWhenValuesAreLargeWritesThemInPieces(DumpReader reader, String encoding) throws IOException {
        var dump = assertReadBack(
                reader,
                database(
                        "PRAGMA encoding = '" + encoding + "'",
                        "CREATE TABLE file (id INTEGER PRIMARY KEY, name, a BLOB, b TEXT NOT NULL CHECK (length(CAST(b AS BLOB)) > 150))",
                        "CREATE TABLE bare (a, \"b\"\"c\")",
                        "INSERT INTO file VALUES (3, 'x', randomblob(101), replace(hex(zeroblob(177)), '00', 'é'))",
                        "INSERT INTO file VALUES (4, 'y', randomblob(1000), replace(hex(randomblob(400)), '0', 'ü🎉'))",
                        "INSERT INTO file VALUES (9, 100, zeroblob(99), replace(hex(randomblob(400)), '0', char(0)))",
                        "INSERT INTO bare (rowid, a, \"b\"\"c\") VALUES (17, randomblob(701), 1.5)",
                        "INSERT INTO bare VALUES (NULL, randomblob(16))"),
                SMALL);

        assertThat(dump).contains("UPDATE \"file\" SET \"b\"=\"b\"||CAST(x'");
    }

    @Test
    void writeWhenALargeValueIsReadNeedsLittleHeap() throws Exception {
        var source = database(
                "CREATE TABLE file (content)",
                "INSERT INTO file VALUES (randomblob(100000000))",
                "PRAGMA user_version = 1");
        try (var dumping = OtherProcess.start(DumpingProcess.class, source)) {
            assertThat(Long.parseLong(dumping.nextLine())).isGreaterThan(200_000_000L);
        }
    }

    @Test
    void writeWhenTheFileIsCutAnywhereMakesNothing() throws Exception {
        assumeThat(DumpReader.SHELL.isThere()).isTrue();
        var source = SampleDatabases.accounts(directory.resolve("source.db"), "DELETE");
        var bytes = new ByteArrayOutputStream();
        SqlDump.write(source, bytes);
        var random = new Random(7);
        for (int i = 0; i < 20; i++) {
            var cut = Files.write(
                    directory.resolve("cut.sql"), Arrays.copyOf(bytes.toByteArray(), random.nextInt(bytes.size() - 8)));
            var copy = directory.resolve("cut-" + i + ".db");
            DumpReader.told(cut, copy);
            assertThat(SampleDatabases.ask(copy, "SELECT count(*) FROM sqlite_schema"))
                    .isEqualTo("0");
        }
    }

    @Test
    void writeWhenTheSchemaNeedsWhatOnlyTheApplicationHasStillHasAllRows() throws IOException {
        var collation = new ByteArrayOutputStream();
        var function = new ByteArrayOutputStream();
        SqlDump.write(ApplicationSchemas.indexOnCollation(directory.resolve("collation.db")), collation);
        SqlDump.write(ApplicationSchemas.indexOnFunction(directory.resolve("function.db")), function);

        assertThat(collation.toString())
                .contains("INSERT INTO \"sorted\" VALUES('c');\n", "INSERT INTO \"plain\" VALUES(2000,'plain2000');\n")
                .contains("CREATE INDEX sorted_x ON sorted(x);\n");
        assertThat(function.toString())
                .contains("INSERT INTO \"shouted\" VALUES('c');\n", "CREATE INDEX shouted_x ON shouted(shout(x));\n");
    }
}
