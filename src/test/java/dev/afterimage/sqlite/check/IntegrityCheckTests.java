package dev.afterimage.sqlite.check;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.ApplicationSchemas;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class IntegrityCheckTests {

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void path() {
        file = directory.resolve("what? 100% #1.db");
    }

    @ParameterizedTest
    @EnumSource(CheckLevel.class)
    void runWhenTheFileIsSoundPassesAndLeavesNothingBesideIt(CheckLevel level) throws Exception {
        SampleDatabases.accounts(file, "WAL");
        var bytes = Files.readAllBytes(file);

        var result = IntegrityCheck.run(file, level, PageProgress.NONE);

        assertThat(result).isEqualTo(new CheckResult(level, List.of()));
        assertThat(result.passed()).isTrue();
        assertThat(filesIn(directory)).containsExactly(file.getFileName().toString());
        assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @EnumSource(CheckLevel.class)
    void runWhenAPageIsDamagedFailsWithWhatSqlitePrinted(CheckLevel level) {
        SampleDatabases.accounts(file, "DELETE");
        damage(bytes -> Arrays.fill(bytes, 5 * 4096, 6 * 4096, (byte) 0x55));

        var result = IntegrityCheck.run(file, level, PageProgress.NONE);

        assertThat(result.passed()).isFalse();
        assertThat(result.messages())
                .contains("*** in database main ***")
                .anySatisfy(line -> assertThat(line).contains("page 6").doesNotContain("\n"))
                .hasSizeLessThanOrEqualTo(100);
    }

    @Test
    void runWhenDamageIsNotFoundAgainPasses() throws Exception {
        SampleDatabases.accounts(file, "DELETE");
        var sound = Files.readAllBytes(file);
        damage(bytes -> Arrays.fill(bytes, 5 * 4096, 6 * 4096, (byte) 0x55));

        var result = IntegrityCheck.run(file, CheckLevel.FULL, whenChecked(() -> Files.write(file, sound)));

        assertThat(result.messages()).isEmpty();
    }

    @Test
    void runWhenWhatSeemsDamagedCannotBeReadThrowsUnusable() {
        SampleDatabases.accounts(file, "DELETE");
        damage(bytes -> Arrays.fill(bytes, 5 * 4096, 6 * 4096, (byte) 0x55));

        assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, "cannot be used")
                .isThrownBy(() -> IntegrityCheck.run(file, CheckLevel.FULL, whenChecked(() -> {
                    Files.delete(file);
                    Files.createDirectory(file); // nothing reads that to its end
                })));
    }

    @Test
    void runWhenAnIndexMissesARowFailsAtLevelFullOnly() {
        create(
                file,
                "CREATE TABLE t(x)",
                "CREATE INDEX t_x ON t(x)",
                "INSERT INTO t VALUES ('a'), ('b')",
                "PRAGMA writable_schema = ON",
                "DELETE FROM sqlite_schema WHERE name = 't_x'");
        create(file, "DELETE FROM t WHERE x = 'a'", "INSERT INTO t VALUES ('unindexed')");
        create(
                file,
                "PRAGMA writable_schema = ON",
                "INSERT INTO sqlite_schema VALUES ('index', 't_x', 't', 3, 'CREATE INDEX t_x ON t(x)')");

        assertThat(IntegrityCheck.run(file, CheckLevel.QUICK, PageProgress.NONE).messages())
                .isEmpty();
        assertThat(IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE).messages())
                .contains("row 2 missing from index t_x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not a database at all, but longer than a header has to be ........................."})
    void runWhenItIsNoDatabaseFailsUnlessEmpty(String content) throws Exception {
        Files.writeString(file, content);

        assertThat(IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE).passed())
                .isEqualTo(content.isEmpty());
    }

    @Test
    void runWhenThereIsNoFileThrowsUnusable() {
        assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, "cannot be used")
                .isThrownBy(() -> IntegrityCheck.run(file, CheckLevel.QUICK, PageProgress.NONE));
        assertThat(filesIn(directory)).isEmpty();
    }

    @Test
    void runWhenRowsMissTheirParentCountsThemAndPasses() {
        create(
                file,
                "CREATE TABLE p(id INTEGER PRIMARY KEY)",
                "CREATE TABLE c(p REFERENCES p)",
                "INSERT INTO p VALUES (1)",
                "INSERT INTO c VALUES (1), (2), (3)");

        var full = IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE);

        assertThat(full.foreignKeyViolations()).isEqualTo(2);
        assertThat(full.passed()).isTrue();
        assertThat(IntegrityCheck.run(file, CheckLevel.QUICK, PageProgress.NONE).foreignKeyViolations())
                .isZero();
    }

    @Test
    void runWhenAForeignKeyPointsToNoKeySaysThatItIsUnproven() {
        create(file, "CREATE TABLE p(a, b)", "CREATE TABLE c(p REFERENCES p(a))", "INSERT INTO c VALUES (1)");

        var result = IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE);

        assertThat(result.passed()).isTrue();
        assertThat(result.unproven()).singleElement().asString().startsWith("foreign keys: foreign key mismatch");
    }

    @Test
    void runWhenCancelledThrowsWhatProgressThrew() {
        SampleDatabases.addRandomBytes(file, 4 << 20);
        var cancellation = new CancellationException();

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> IntegrityCheck.run(file, CheckLevel.FULL, (done, total) -> {
                    throw cancellation;
                }))
                .isSameAs(cancellation);
    }

    @ParameterizedTest
    @EnumSource(CheckLevel.class)
    void runWhenACollationIsMissingPassesAndSaysWhatIsUnproven(CheckLevel level) {
        ApplicationSchemas.indexOnCollation(file);

        var result = IntegrityCheck.run(file, level, PageProgress.NONE);

        assertThat(result.messages()).isEmpty();
        assertThat(result.unproven()).containsExactly("table sorted: no such collation sequence: backwards");
    }

    @Test
    void runWhenAFunctionIsMissingPassesAndSaysWhatIsUnproven() {
        ApplicationSchemas.indexOnFunction(file);

        var result = IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE);

        assertThat(result.messages()).isEmpty();
        assertThat(result.unproven()).containsExactly("table shouted: unknown function: shout()");
    }

    @Test
    void runWhenAModuleIsMissingPassesAndSaysWhatIsUnproven() {
        ApplicationSchemas.virtualTable(file, "nowhere(body)");

        var result = IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE);

        assertThat(result.messages()).isEmpty();
        assertThat(result.unproven()).containsExactly("virtual table words: no such module: nowhere");
    }

    @Test
    void runWhenATokenizerIsMissingPassesAndSaysWhatIsUnproven() {
        ApplicationSchemas.virtualTable(file, "fts5(body, tokenize = nowhere)");

        var result = IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE);

        assertThat(result.messages()).isEmpty();
        assertThat(result.unproven())
                .anySatisfy(line -> assertThat(line).startsWith("table words: "))
                .anySatisfy(line -> assertThat(line).startsWith("pages that belong to no table: "));
    }

    @Test
    void runWhenACollationIsMissingStillCountsWhatIsWrongWithContentElsewhere() {
        ApplicationSchemas.indexOnCollation(file);
        create(
                file,
                "INSERT INTO plain VALUES (9999, NULL)",
                "PRAGMA writable_schema = ON",
                "UPDATE sqlite_schema SET sql = 'CREATE TABLE plain(id INTEGER PRIMARY KEY, x UNIQUE NOT NULL)'"
                        + " WHERE name = 'plain'");

        var result = IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE);

        assertThat(result.passed()).isTrue();
        assertThat(result.contentMessages()).containsExactly("NULL value in plain.x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"collation", "function", "tokenizer"})
    void runWhenSomethingIsMissingStillFindsDamagedPages(String missing) {
        switch (missing) {
            case "collation" -> ApplicationSchemas.indexOnCollation(file);
            case "function" -> ApplicationSchemas.indexOnFunction(file);
            default -> ApplicationSchemas.virtualTable(file, "fts5(body, tokenize = nowhere)");
        }
        long root = Long.parseLong(
                SampleDatabases.ask(file, "SELECT max(rootpage) FROM sqlite_schema WHERE name NOT LIKE '%plain%'"));
        damage(bytes -> Arrays.fill(bytes, (int) (root - 1) * 4096 + 3, (int) root * 4096 - 100, (byte) 0x55));

        var messages =
                IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE).messages();
        // A virtual table can fail before the pages are looked at.
        var expected = missing.equals("tokenizer") ? "vtable constructor failed" : "page " + root;
        assertThat(messages).anySatisfy(message -> assertThat(message).contains(expected));
    }

    @Test
    void runWhenACollationIsMissingStillFindsLostPages() throws Exception {
        ApplicationSchemas.indexOnCollation(file);
        create(
                file,
                "CREATE TABLE lost(x)",
                "PRAGMA writable_schema = ON",
                "DELETE FROM sqlite_schema WHERE name = 'lost'");

        assertThat(IntegrityCheck.run(file, CheckLevel.FULL, PageProgress.NONE).messages())
                .anySatisfy(message -> assertThat(message).contains("never used"));
    }

    /** The file as the disk gives it next time. */
    private static PageProgress whenChecked(FileChange change) {
        return (done, total) -> {
            if (done == total) {
                try {
                    change.make();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    private interface FileChange {
        void make() throws IOException;
    }

    private void damage(Consumer<byte[]> how) {
        try {
            var bytes = Files.readAllBytes(file);
            how.accept(bytes);
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
