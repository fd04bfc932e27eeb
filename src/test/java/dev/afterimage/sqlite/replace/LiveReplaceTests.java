package dev.afterimage.sqlite.replace;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.ask;
import static dev.afterimage.sqlite.SampleDatabases.content;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static dev.afterimage.sqlite.SampleDatabases.execute;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.HotJournals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections of this process stand for the application here; {@code LiveReplaceProcessTests} has real ones. */
class LiveReplaceTests {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private Path target;
    private Path source;

    @BeforeEach
    void paths() throws IOException {
        target = Files.createDirectory(directory.resolve("live")).resolve("target.db");
        source = Files.createDirectory(directory.resolve("staging")).resolve("source.db");
    }

    @ParameterizedTest(name = "{0} of {1} rows gets {2} rows of {3}")
    @CsvSource({"WAL, 10, 20000, DELETE", "WAL, 20000, 10, WAL", "DELETE, 10, 20000, WAL", "DELETE, 20000, 10, DELETE"})
    void runGivesTheTargetTheBytesOfTheSourceButItsOwnHeaderFields(
            String journalMode, int rows, int newRows, String newMode) throws Exception {
        database(target, "old", rows, "PRAGMA journal_mode = " + journalMode);
        database(source, "new", newRows, "PRAGMA journal_mode = " + newMode);
        var expected = Files.readAllBytes(source);
        long cookie = DatabaseHeader.parse(Files.readAllBytes(target)).schemaCookie();

        var replacement = replace(target, source, PATIENCE, PageProgress.NONE);

        var header = DatabaseHeader.parse(Files.readAllBytes(target));
        assertThat(header.journalMode()).isEqualTo(journalMode.equals("WAL") ? JournalMode.WAL : JournalMode.ROLLBACK);
        assertThat(header.schemaCookie()).isEqualTo(cookie + 1);
        assertThat(header.pageCountIsValid()).isTrue();
        assertThat(withoutOwnFields(Files.readAllBytes(target))).isEqualTo(withoutOwnFields(expected));
        assertThat(replacement.pageCount()).isEqualTo(expected.length / 4096).isEqualTo(header.pageCount());
        assertThat(replacement.pagesChangedSince()).isZero();
        assertThat(ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
        assertThat(filesIn(target.getParent())).containsExactly("target.db");
        assertThat(filesIn(source.getParent())).containsExactly("source.db");
    }

    @Test
    void runComparesThePagesOfTheTargetAsTheyArePinnedThoughOthersCommitMeanwhile() throws Exception {
        database(target, "old", 10, "PRAGMA journal_mode = WAL");
        database(source, "new", 20_000, "PRAGMA journal_mode = DELETE");
        var staged = new ArrayList<List<String>>();
        var progress = new PageProgress() {
            @Override
            public void pages(long done, long total) {
                // Only what is read back counts.
            }

            @Override
            public PageProgress phase(String name, int pageSize) {
                if (!name.equals("READING_BACK")) {
                    return this;
                }
                create(target, "CREATE TABLE later AS SELECT randomblob(100000) AS content");
                return (done, total) -> staged.add(filesIn(source.getParent()));
            }
        };
        var replacement = replace(target, source, PATIENCE, progress);

        assertThat(replacement.pagesChangedSince()).isZero();
        assertThat(staged).isNotEmpty().allMatch(List.of("source.db")::equals);
        assertThat(ask(target, "SELECT count(*) FROM later")).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runLetsOpenConnectionsReadAndWriteTheNewStateAndItsSchema(String journalMode) throws Exception {
        database(target, "old", 100, "PRAGMA journal_mode = " + journalMode);
        create(
                source,
                "PRAGMA auto_vacuum = FULL",
                "CREATE TABLE added (x)",
                "CREATE TABLE item (id INTEGER PRIMARY KEY, content TEXT, state TEXT DEFAULT 'new')",
                "INSERT INTO item (content) VALUES (hex(randomblob(9000)))");
        try (var application = SampleDatabases.open(target);
                var prepared = application.prepareStatement("SELECT state || count(*) FROM item")) {
            assertThat(first(prepared)).isEqualTo("old100");

            replace(target, source, PATIENCE, PageProgress.NONE);

            assertThat(first(prepared)).isEqualTo("new1");
            execute(application, "INSERT INTO item (content) SELECT hex(randomblob(9000)) FROM item, pragma_page_size");
            execute(application, "DELETE FROM item WHERE id = 1");
            assertThat(Connections.text(application, "PRAGMA integrity_check")).isEqualTo("ok");
            assertThat(Connections.text(application, "PRAGMA journal_mode")).isEqualToIgnoringCase(journalMode);
            assertThat(Connections.number(application, "PRAGMA auto_vacuum")).isEqualTo(1);
        }
        assertThat(ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
    }

    @Test
    void runWhileAReaderHoldsASnapshotLetsItReadTheOldStateToItsEnd() throws Exception {
        database(target, "old", 5000, "PRAGMA journal_mode = WAL");
        database(source, "new", 9000);
        try (var reader = SampleDatabases.open(target)) {
            execute(reader, "BEGIN");
            assertThat(Connections.text(reader, "SELECT state || count(*) FROM item"))
                    .isEqualTo("old5000");

            replace(target, source, Duration.ZERO, PageProgress.NONE);

            assertThat(Connections.text(reader, "SELECT state || count(*) FROM item"))
                    .isEqualTo("old5000");
            assertThat(Connections.text(reader, "PRAGMA integrity_check")).isEqualTo("ok");
            execute(reader, "COMMIT");
            assertThat(Connections.text(reader, "SELECT state || count(*) FROM item"))
                    .isEqualTo("new9000");
        }
    }

    /** The trap because of which nothing is trusted but what is read back. */
    @Test
    void restoreOfTheDriverIntoAWalDatabaseOfAnotherPageSizeAnswers0AndCopiesNothing() throws Exception {
        database(target, "old", 10, "PRAGMA journal_mode = WAL");
        database(source, "new", 10, "PRAGMA page_size = 8192");
        try (var connection = Connections.readWrite(target)) {
            assertThat(connection.getDatabase().restore("main", source.toString(), null))
                    .isZero();
        }
        assertThat(ask(target, "SELECT state FROM item")).isEqualTo("old");
    }

    @Test
    void runWhenAWalTargetHasAnotherPageSizeThrowsPageSizeAndTheWayOut() throws Exception {
        database(target, "old", 10, "PRAGMA journal_mode = WAL");
        database(source, "new", 10, "PRAGMA page_size = 8192");
        var before = Files.readAllBytes(target);

        assertThatProblem(ProblemCode.TARGET_PAGE_SIZE)
                .isThrownBy(() -> replace(target, source, PATIENCE, PageProgress.NONE))
                .withMessageContaining("4096")
                .withMessageContaining("8192")
                .satisfies(refused -> {
                    assertThat(refused.code()).isEqualTo(ProblemCode.TARGET_PAGE_SIZE);
                    assertThat(refused.problem().hint()).contains("REPLACE_FILE");
                });

        assertThat(Files.readAllBytes(target)).isEqualTo(before);
    }

    @ParameterizedTest(name = "pages of {0} bytes get {1}, {2} rows get {3}")
    @CsvSource({"4096, 8192, 10, 9000", "4096, 1024, 9000, 11", "8192, 512, 10, 9000", "1024, 65536, 9000, 10"})
    void runWhenARollbackTargetHasAnotherPageSizeReplacesItAll(int pageSize, int newPageSize, int rows, int newRows)
            throws Exception {
        database(target, "old", rows, "PRAGMA page_size = " + pageSize);
        database(source, "new", newRows, "PRAGMA page_size = " + newPageSize);
        try (var application = SampleDatabases.open(target);
                var prepared = application.prepareStatement("SELECT state || count(*) FROM item")) {
            assertThat(first(prepared)).isEqualTo("old" + rows);

            replace(target, source, PATIENCE, PageProgress.NONE);

            assertThat(first(prepared)).isEqualTo("new" + newRows);
            execute(application, "INSERT INTO item (content) SELECT content FROM item");
        }
        assertThat(ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
        assertThat(ask(target, "PRAGMA page_size")).isEqualTo(String.valueOf(newPageSize));
        assertThat(ask(target, "SELECT count(*) FROM item")).isEqualTo(String.valueOf(2 * newRows));
    }

    @Test
    void runWhenTheEncodingDiffersThrowsEncodingAndTheWayOut() throws Exception {
        database(target, "old", 10, "PRAGMA journal_mode = WAL");
        create(source, "PRAGMA encoding = 'UTF-16le'", "CREATE TABLE item (state)");
        var before = Files.readAllBytes(target);

        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "has texts in")
                .isThrownBy(() -> replace(target, source, PATIENCE, PageProgress.NONE))
                .withMessageContaining("UTF-8")
                .withMessageContaining("UTF-16le")
                .satisfies(refused -> assertThat(refused.problem().hint()).contains("REPLACE_FILE"));

        assertThat(Files.readAllBytes(target)).isEqualTo(before);
    }

    @Test
    void runWhenTheTargetIsEmptyFillsIt() throws Exception {
        Files.createFile(target);
        database(source, "new", 500, "PRAGMA page_size = 1024");

        replace(target, source, PATIENCE, PageProgress.NONE);

        assertThat(content(target)).isEqualTo(content(source));
    }

    @Test
    void runWhenTheTargetIsDamagedBehindItsHeaderReplacesIt() throws Exception {
        database(target, "old", 5000);
        database(source, "new", 500);
        var damaged = Files.readAllBytes(target);
        Arrays.fill(damaged, 100, damaged.length, (byte) 0x5a);
        Files.write(target, damaged);

        replace(target, source, PATIENCE, PageProgress.NONE);

        assertThat(content(target)).isEqualTo(content(source));
        assertThat(ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
    }

    @Test
    void runWhenTheTargetIsNoDatabaseThrowsAndLeavesItAsItWas() throws Exception {
        Files.writeString(target, "not a database ".repeat(1000));
        database(source, "new", 500);
        var before = Files.readAllBytes(target);

        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "cannot be replaced while it is open")
                .isThrownBy(() -> replace(target, source, PATIENCE, PageProgress.NONE))
                .satisfies(refused -> {
                    assertThat(refused.code()).isEqualTo(ProblemCode.TARGET_NOT_REPLACEABLE);
                    assertThat(refused.problem().hint()).contains("REPLACE_FILE");
                });

        assertThat(Files.readAllBytes(target)).isEqualTo(before);
    }

    @Test
    void runWhenThereIsNoFileOrADirectoryThrowsAndCreatesNothing() throws Exception {
        database(source, "new", 5);
        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "cannot be replaced while it is open")
                .isThrownBy(() -> replace(target, source, PATIENCE, PageProgress.NONE))
                .satisfies(refused -> assertThat(refused.problem().hint()).contains("NEW_FILE"));
        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "cannot be replaced while it is open")
                .isThrownBy(() -> replace(target.getParent(), source, PATIENCE, PageProgress.NONE));
        assertThat(target).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhenCancelledBeforeTheCommitLeavesTheTargetAsItWas(String journalMode) throws Exception {
        database(target, "old", 9000, "PRAGMA journal_mode = " + journalMode);
        database(source, "new", 50000);
        var before = Files.readAllBytes(target);
        var heard = new ArrayList<Long>();

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> replace(target, source, PATIENCE, (done, total) -> {
                    heard.add(total - done);
                    throw new CancellationException();
                }));

        assertThat(heard)
                .as("in the middle")
                .singleElement()
                .satisfies(left -> assertThat(left).isPositive());
        assertThat(Files.readAllBytes(target)).isEqualTo(before);
        assertThat(filesIn(target.getParent())).containsExactly("target.db");
        assertThat(filesIn(source.getParent())).containsExactly("source.db");
    }

    @Test
    void runWhenCancelledAfterTheCommitSucceedsAllTheSame() throws Exception {
        database(target, "old", 9, "PRAGMA journal_mode = WAL");
        database(source, "new", 50);

        var replacement = replace(target, source, PATIENCE, (done, total) -> {
            if (done == total) {
                throw new CancellationException("with the last step");
            }
        });

        assertThat(replacement.pagesChangedSince()).isZero();
        assertThat(content(target)).isEqualTo(content(source));
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhenAnApplicationCommitsBeforeTheReadBackCountsItsPages(String journalMode) throws Exception {
        database(target, "old", 9, "PRAGMA journal_mode = " + journalMode);
        database(source, "new", 9000);

        var replacement = replace(target, source, PATIENCE, (done, total) -> {
            if (done == total
                    && ask(target, "SELECT count(*) FROM item WHERE state = 'theirs'")
                            .equals("0")) {
                create(target, "UPDATE item SET state = 'theirs' WHERE id = 4000");
            }
        });

        assertThat(replacement.pagesChangedSince()).isBetween(1L, 4L);
        assertThat(ask(target, "SELECT count(*) FROM item WHERE state = 'theirs'"))
                .isEqualTo("1");
        assertThat(ask(target, "SELECT count(*) FROM item")).isEqualTo("9000");
    }

    @Test
    void runWhenWhatIsReadBackDiffersThoughNobodyElseCommittedThrowsUnproven() throws Exception {
        database(target, "old", 9);
        database(source, "new", 9000);
        var flipped = new AtomicBoolean();

        assertThatExceptionOfType(UnprovenException.class)
                .isThrownBy(() -> replace(target, source, PATIENCE, (done, total) -> {
                    if (done == total && flipped.compareAndSet(false, true)) {
                        flip(source, 4096 * 100 + 77);
                    }
                }))
                .withMessageContaining("1 pages")
                .satisfies(unproven -> assertThat(unproven.code()).isEqualTo(ProblemCode.TARGET_UNPROVEN));

        assertThat(filesIn(source.getParent())).containsExactly("source.db");
    }

    private static void flip(Path file, int offset) {
        try {
            var bytes = Files.readAllBytes(file);
            bytes[offset] ^= 1;
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static void database(Path file, String state, int rows, String... pragmas) {
        var statements = new ArrayList<String>(List.of(pragmas));
        statements.add("CREATE TABLE item (id INTEGER PRIMARY KEY, content TEXT, state TEXT DEFAULT '" + state + "')");
        statements.add(
                "INSERT INTO item (content) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                        + rows + ") SELECT hex(randomblob(60)) FROM n");
        statements.add("CREATE INDEX item_content ON item (content)");
        create(file, statements.toArray(String[]::new));
    }

    private static String first(PreparedStatement prepared) throws SQLException {
        try (var row = prepared.executeQuery()) {
            row.next();
            return row.getString(1);
        }
    }

    /** Journal mode, change counter, page count, schema cookie, version-valid-for, and version. */
    private static byte[] withoutOwnFields(byte[] database) {
        var bytes = database.clone();
        Arrays.fill(bytes, 18, 20, (byte) 0);
        Arrays.fill(bytes, 24, 32, (byte) 0);
        Arrays.fill(bytes, 40, 44, (byte) 0);
        Arrays.fill(bytes, 92, 100, (byte) 0);
        return bytes;
    }

    static LiveReplace.Outcome replace(Path target, Path source, Duration patience, PageProgress progress) {
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            return replacement.run(source, patience, WhenChanged.NONE, progress);
        }
    }
}
