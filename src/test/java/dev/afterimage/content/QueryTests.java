package dev.afterimage.content;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.SampleDatabases;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueryTests {

    private static final String NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) ";

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void make() {
        file = create(
                directory.resolve("asked.db"),
                "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, total REAL, note BLOB)",
                "INSERT INTO orders VALUES (1, 'Ada', 2.5, x'00ff'), (2, '', NULL, NULL), (3, 'Émile', 1e999, '')",
                "CREATE INDEX by_customer ON orders (customer)",
                "CREATE VIEW large AS SELECT * FROM orders WHERE total > 2");
    }

    /** What was found, with the columns as the first row. */
    private static final class Found implements QueryRows {
        private final List<Column> columns = new ArrayList<>();
        private final List<List<@Nullable Object>> rows = new ArrayList<>();
        private boolean truncated;

        @Override
        public void begin(List<Column> found) {
            columns.addAll(found);
        }

        @Override
        public void add(List<@Nullable Object> values) {
            rows.add(values);
        }
    }

    private Found ask(String sql, Object... parameters) throws IOException {
        return ask(file, new Query(sql, Arrays.asList(parameters), 1000));
    }

    private static Found ask(Path asked, Query query) throws IOException {
        var found = new Found();
        found.truncated = query.run(asked, found, Duration.ofSeconds(5), 64 << 20);
        return found;
    }

    @Test
    void runGivesEachValueAsItIsStored() throws Exception {
        var found = ask("SELECT id, customer, total, note, id * 2.0 AS twice FROM orders ORDER BY id");

        assertThat(found.columns)
                .extracting(QueryRows.Column::name)
                .containsExactly("id", "customer", "total", "note", "twice");
        assertThat(found.columns)
                .extracting(QueryRows.Column::declaredType)
                .containsExactly("INTEGER", "TEXT", "REAL", "BLOB", null);
        assertThat(found.rows.get(0).subList(0, 3)).containsExactly(1L, "Ada", 2.5);
        assertThat((byte[]) found.rows.get(0).get(3)).containsExactly(0, 255);
        assertThat(found.rows.get(1)).containsExactly(2L, "", null, null, 4.0);
        assertThat(found.rows.get(2)).containsExactly(3L, "Émile", Double.POSITIVE_INFINITY, "", 6.0);
        assertThat(found.truncated).isFalse();
        assertThat(filesIn(directory)).containsExactly("asked.db");
    }

    @Test
    void runWhenThereAreMoreRowsThanTheLimitSaysSo() throws Exception {
        assertThat(ask(file, new Query("SELECT id FROM orders", List.of(), 2)).rows)
                .hasSize(2);
        assertThat(ask(file, new Query("SELECT id FROM orders", List.of(), 2)).truncated)
                .isTrue();
        assertThat(ask(file, new Query("SELECT id FROM orders", List.of(), 3)).truncated)
                .isFalse();
    }

    @Test
    void runWhenParametersAreGivenBindsThemAsTheyAre() throws Exception {
        var types = ask(
                "SELECT typeof(?), typeof(?), typeof(?), typeof(?), typeof(?)",
                null,
                Long.MAX_VALUE,
                0.5,
                "x",
                new byte[] {1});

        assertThat(types.rows.getFirst()).containsExactly("null", "integer", "real", "text", "blob");
        assertThat(ask("SELECT ?", Long.MAX_VALUE).rows.getFirst()).containsExactly(Long.MAX_VALUE);
        assertThatProblem(ProblemCode.QUERY_REFUSED, "2 parameters, and 1").isThrownBy(() -> ask("SELECT ?, ?", 1L));
        assertThatProblem(ProblemCode.QUERY_REFUSED, "0 parameters").isThrownBy(() -> ask("SELECT 1", 1L));
    }

    static List<String> questions() {
        return List.of(
                "SELECT count(*), sum(total), group_concat(customer, ';'), avg(id) FROM orders",
                "select distinct customer from orders order by 1 desc limit 2 offset 1;  ",
                " -- a question; with a semicolon\n /* and; another */ SELECT ';', \"customer\" FROM orders; -- end; here",
                "WITH a AS MATERIALIZED (SELECT id FROM orders) SELECT * FROM a UNION SELECT 7 EXCEPT SELECT 1",
                "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT max(i) FROM n",
                "VALUES (1, 'a'), (2, NULL)",
                "SELECT customer, row_number() OVER (PARTITION BY customer ORDER BY id), lag(id, 1) OVER w FROM orders WINDOW w AS (ORDER BY id)",
                "SELECT o.id FROM orders o LEFT JOIN large USING (id) FULL JOIN orders p ON p.total = o.total WHERE o.id IN (1, 2) OR o.customer = 'Ada'",
                "SELECT name, type FROM pragma_table_info('orders')",
                "SELECT json_extract('{\"a\": [1, 2]}', '$.a[1]'), '{\"a\": 1}' ->> 'a', key FROM json_each('[1]')",
                "SELECT sql FROM sqlite_schema WHERE name GLOB 'o*' AND name LIKE '%s'",
                "SELECT strftime('%Y', '2026-01-01'), printf('%05.2f', 1.5), hex(zeroblob(3)), random() IS NOT NULL",
                "SELECT (SELECT max(id) FROM orders), EXISTS (SELECT 1 FROM large), CASE WHEN 1 THEN 2 END",
                "SELECT * FROM dbstat('main', 1)",
                "SELECT median FROM (SELECT 1 AS median)");
    }

    @ParameterizedTest
    @MethodSource("questions")
    void runWhenItOnlyReadsAnswers(String sql) throws Exception {
        assertThat(ask(sql).rows).isNotEmpty();
    }

    static List<String> hostile() {
        return List.of(
                "ATTACH 'owned.db' AS o",
                "VACUUM INTO 'owned.db'",
                "VACUUM",
                "backup to owned.db",
                "restore from owned.db",
                "PRAGMA writable_schema = ON",
                "PRAGMA query_only = OFF",
                "PRAGMA temp_store_directory = '/'",
                "PRAGMA hard_heap_limit = 1",
                "EXPLAIN PRAGMA temp_store_directory = '/'",
                "EXPLAIN QUERY PLAN SELECT 1",
                "explain SELECT 1",
                "/* SELECT */ PRAGMA mmap_size = 1000000",
                "--\nPRAGMA mmap_size = 1000000",
                "; PRAGMA mmap_size = 1000000",
                "SELECT 1; DELETE FROM orders",
                "SELECT 1 /* ; */ ; -- ;\n ATTACH 'owned.db' AS o",
                "SELECT 1;;;SELECT 2",
                "SELECT ';' ; SELECT \";\"",
                "CREATE TEMP TABLE t AS SELECT 1",
                "CREATE TABLE t (a)",
                "WITH a AS (SELECT 1) INSERT INTO orders SELECT 9, 'x', 1, 1",
                "WITH a AS (SELECT 1) DELETE FROM orders RETURNING *",
                "WITH a AS (SELECT 1) UPDATE orders SET total = 0 RETURNING id",
                "WITH a AS (SELECT 1) REPLACE INTO orders SELECT 9, 'x', 1, 1",
                "INSERT INTO orders DEFAULT VALUES RETURNING *",
                "BEGIN IMMEDIATE",
                "SAVEPOINT s",
                "ANALYZE",
                "REINDEX",
                "DROP TABLE orders",
                "DETACH main",
                "SELECT load_extension('owned.so')",
                "SELECT \"load_extension\"('owned.so')",
                "SELECT fts3_tokenizer('simple')",
                "SELECT writefile('owned', 'x')",
                "SELECT readfile('/etc/passwd')",
                "SELECT edit('x', 'sh')",
                "SELECT sqlite_log(1, 'x')",
                "SELECT * FROM pragma_database_list",
                "SELECT * FROM 'pragma_database_list'",
                "SELECT * FROM \"PRAGMA_database_list\"",
                "SELECT * FROM [pragma_optimize]",
                "SELECT * FROM `pragma_journal_mode`",
                "SELECT * FROM main./**/pragma_wal_checkpoint",
                "SELECT * FROM sqlite_dbpage",
                "SELECT median(id) FROM orders",
                "SELECT json_group_array(id) FROM orders",
                "SELECT json_pretty('[1]', 'x')",
                "",
                ";",
                "-- nothing",
                "/* SELECT 1",
                "SELEC 1",
                "SELECT",
                "SELECT nothing FROM orders",
                "SELECT 1\0; ATTACH 'owned.db' AS o");
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void runWhenItWouldDoMoreThanReadIsRefused(String sql) throws Exception {
        var before = Files.readAllBytes(file);

        assertThatProblem(ProblemCode.QUERY_REFUSED).isThrownBy(() -> ask(sql));

        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThat(filesIn(directory)).containsExactly("asked.db");
        assertThat(Path.of("owned.db")).doesNotExist();
    }

    /** With a parameter that function gives the addresses of functions, and takes those that it then calls. */
    @Test
    void runWhenATokenizerIsAskedForByParameterIsRefused() {
        assertThatProblem(ProblemCode.QUERY_REFUSED, "fts3_tokenizer")
                .isThrownBy(() -> ask("SELECT fts3_tokenizer(?)", "simple"));
        assertThatProblem(ProblemCode.QUERY_REFUSED, "fts3_tokenizer")
                .isThrownBy(() -> ask("SELECT fts3_tokenizer(?, ?)", "simple", new byte[8]));
    }

    static List<String> unending() {
        return List.of(
                NUMBERS + "SELECT count(*) FROM n",
                NUMBERS + "SELECT i FROM n WHERE i < 0",
                "SELECT count(*) FROM (SELECT 1 FROM " + "orders,".repeat(30) + "orders)");
    }

    @ParameterizedTest
    @MethodSource("unending")
    void runWhenItDoesNotEndGivesUp(String sql) {
        assertThatProblem(ProblemCode.QUERY_TOO_SLOW, "1 seconds")
                .isThrownBy(() -> new Query(sql, List.of(), 10).run(file, new Found(), Duration.ofSeconds(1), 1 << 30));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT zeroblob(1000000000)",
                "SELECT randomblob(1000000000)",
                "SELECT printf('%*d', 1000000000, 1)",
                "SELECT length(printf('%.*c', 1000000000, 'x'))",
                "SELECT hex(zeroblob(8000000))",
                "SELECT replace(hex(zeroblob(500000)), '0', hex(zeroblob(1000)))",
                "SELECT group_concat(hex(zeroblob(100000))) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT i FROM n)",
                "SELECT instr(hex(zeroblob(2000000)), 'x')"
            })
    void runWhenAValueIsTooLongIsRefused(String sql) {
        assertThatProblem(ProblemCode.QUERY_TOO_LARGE).isThrownBy(() -> ask(sql));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT i, randomblob(10000) AS b FROM n ORDER BY b",
                "SELECT DISTINCT randomblob(10000) FROM n",
                "SELECT count(*), randomblob(10000) AS b FROM n GROUP BY b",
                "SELECT last_value(b) OVER () FROM (SELECT randomblob(10000) AS b FROM n)"
            })
    void runWhenItNeedsTooMuchTemporarySpaceGivesUp(String end) {
        assertThatProblem(ProblemCode.QUERY_TOO_LARGE, "temporary directory")
                .isThrownBy(() -> new Query(NUMBERS + end, List.of(), 1_000_000_000)
                        .run(file, new Dropped(), Duration.ofSeconds(60), 32 << 20));
    }

    private record Dropped() implements QueryRows {
        @Override
        public void begin(List<Column> columns) {}

        @Override
        public void add(List<@Nullable Object> values) {}
    }

    /** Each of many values may be shorter. */
    @Test
    void runWhenThereAreManyColumnsSharesTheMemory() throws Exception {
        var columns = String.join(", ", Collections.nCopies(1000, "randomblob(1000000)"));

        assertThatProblem(ProblemCode.QUERY_TOO_LARGE).isThrownBy(() -> ask("SELECT " + columns));
        assertThat(ask("SELECT randomblob(1000000)").rows).hasSize(1);
        assertThatProblem(ProblemCode.QUERY_TOO_LARGE, "a row")
                .isThrownBy(() -> ask("SELECT " + columns.replace("1000000", "60000")));
    }

    @Test
    void runWhenViewsOrStatementsMultiplyIsRefused() {
        var doubled = new StringBuilder("WITH c0 AS (SELECT 1)");
        for (int i = 1; i <= 40; i++) {
            doubled.append(", c%d AS (SELECT 1 FROM c%d, c%d)".formatted(i, i - 1, i - 1));
        }
        assertThatProblem(ProblemCode.QUERY_REFUSED).isThrownBy(() -> ask(doubled + " SELECT 1 FROM c40"));
        assertThatProblem(ProblemCode.QUERY_REFUSED)
                .isThrownBy(() -> ask("SELECT " + "(".repeat(5000) + "1" + ")".repeat(5000)));
        assertThatProblem(ProblemCode.QUERY_REFUSED).isThrownBy(() -> ask("SELECT " + "1+".repeat(5000) + "1"));
        assertThatProblem(ProblemCode.QUERY_REFUSED)
                .isThrownBy(() -> ask("SELECT 1" + " UNION ALL SELECT 1".repeat(200)));
        assertThatProblem(ProblemCode.QUERY_REFUSED).isThrownBy(() -> ask("SELECT '" + "x".repeat(100_000) + "'"));
    }

    static List<String> traps() {
        return List.of(
                "CREATE VIEW trap AS SELECT load_extension('owned.so')",
                "CREATE VIEW trap AS SELECT fts3_tokenizer('simple')",
                "CREATE VIEW trap AS SELECT * FROM pragma_database_list",
                "CREATE TABLE trap (a, b GENERATED ALWAYS AS (json_pretty(a)))",
                "CREATE VIEW trap AS SELECT json_group_array(id) FROM orders");
    }

    @ParameterizedTest
    @MethodSource("traps")
    void runWhenTheFileHasTrapsIsRefused(String sql) {
        SampleDatabases.create(
                file,
                "CREATE TABLE other (a)",
                "PRAGMA writable_schema = ON",
                "INSERT INTO sqlite_schema SELECT '%s', 'trap', 'trap', iif('%1$s' = 'table', (SELECT rootpage FROM sqlite_schema WHERE name = 'other'), 0), '%s'"
                        .formatted(sql.startsWith("CREATE VIEW") ? "view" : "table", sql.replace("'", "''")),
                "DELETE FROM sqlite_schema WHERE name = 'other'");

        assertThatProblem(ProblemCode.QUERY_REFUSED).isThrownBy(() -> ask("SELECT * FROM trap"));
    }

    @Test
    void runWhenThereIsFullTextFindsIt() throws Exception {
        create(
                file,
                "CREATE VIRTUAL TABLE words USING fts5(text)",
                "INSERT INTO words VALUES ('one two'), ('three')",
                "CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1)",
                "INSERT INTO boxes VALUES (1, 0, 2)");

        assertThat(ask("SELECT highlight(words, 0, '[', ']') FROM words WHERE words MATCH 'two' ORDER BY rank").rows)
                .containsExactly(List.of("one [two]"));
        assertThat(ask("SELECT id FROM boxes WHERE x1 > 1").rows).containsExactly(List.of(1L));
        assertThatProblem(ProblemCode.QUERY_REFUSED).isThrownBy(() -> ask("SELECT fts5(?)", 1L));
    }

    @Test
    void runWhenTheFileIsDamagedSaysSo() throws Exception {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[4096]), 4096);
        }

        assertThatProblem(ProblemCode.CONTENT_UNREADABLE).isThrownBy(() -> ask("SELECT * FROM orders NOT INDEXED"));
        Files.write(file, new byte[8192]);
        assertThatProblem(ProblemCode.CONTENT_UNREADABLE).isThrownBy(() -> ask("SELECT 1 FROM sqlite_schema"));
    }
}
