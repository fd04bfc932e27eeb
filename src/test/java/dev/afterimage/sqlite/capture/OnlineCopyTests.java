package dev.afterimage.sqlite.capture;

import static dev.afterimage.sqlite.SampleDatabases.content;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.sqlite.check.IntegrityCheck;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.HotJournals;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.Steps;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnlineCopyTests {

    private static final CaptureOptions UNLIMITED = new CaptureOptions(Duration.ZERO, 0);

    @TempDir
    Path directory;

    private Path source;
    private Path staging;

    @BeforeEach
    void paths() {
        source = directory.resolve("source.db");
        staging = directory.resolve("staging.db");
    }

    static Stream<Arguments> pageSizesAndJournalModes() {
        return Stream.of(512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
                .flatMap(pageSize -> Stream.of("WAL", "DELETE", "TRUNCATE", "PERSIST")
                        .map(journalMode -> Arguments.of(pageSize, journalMode)));
    }

    @ParameterizedTest
    @MethodSource("pageSizesAndJournalModes")
    void runCopiesEveryPageButTheFirstByteForByte(int pageSize, String journalMode) throws Exception {
        create(
                source,
                "PRAGMA page_size = " + pageSize,
                "PRAGMA journal_mode = " + journalMode,
                "CREATE TABLE t(id INTEGER PRIMARY KEY, x BLOB)",
                "CREATE INDEX t_x ON t(x)",
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
                        + " INSERT INTO t SELECT i, randomblob(i * 2) FROM n",
                "DELETE FROM t WHERE id % 7 = 0");
        var sourceBytes = Files.readAllBytes(source);

        var capture = OnlineCopy.run(source, staging, UNLIMITED, PageProgress.NONE);

        var stagedBytes = Files.readAllBytes(staging);
        assertThat(Files.readAllBytes(source)).isEqualTo(sourceBytes);
        assertThat(stagedBytes).hasSameSizeAs(sourceBytes);
        assertThat(Arrays.mismatch(
                        stagedBytes, pageSize, stagedBytes.length, sourceBytes, pageSize, sourceBytes.length))
                .isEqualTo(-1);
        assertThat(capture.pageSize()).isEqualTo(pageSize);
        assertThat(capture.pageCount()).isEqualTo(sourceBytes.length / pageSize);
        assertThat(capture.journalMode()).isEqualTo(journalMode.equals("WAL") ? JournalMode.WAL : JournalMode.ROLLBACK);
        assertThat(capture.notes()).isEmpty();
        assertThat(content(staging)).isEqualTo(content(source));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PRAGMA encoding = 'UTF-8'",
                "PRAGMA encoding = 'UTF-16le'",
                "PRAGMA encoding = 'UTF-16be'",
                "PRAGMA auto_vacuum = NONE",
                "PRAGMA auto_vacuum = FULL",
                "PRAGMA auto_vacuum = INCREMENTAL"
            })
    void runKeepsRowsSchemaAndHeaderWhateverTheFormat(String pragma) throws Exception {
        create(
                source,
                pragma,
                "CREATE TABLE plain(id INTEGER PRIMARY KEY, x TEXT)",
                "INSERT INTO plain VALUES (1, 'Grüße, 世界, 🦊'), (2, NULL)",
                "CREATE TABLE without_rowid(a TEXT, b INTEGER, PRIMARY KEY(a, b)) WITHOUT ROWID",
                "INSERT INTO without_rowid VALUES ('z', 1), ('a', 2)",
                "CREATE TABLE computed(x INTEGER, y AS (x * 2), z AS (x + 1) STORED)",
                "INSERT INTO computed VALUES (21)",
                "CREATE VIRTUAL TABLE words USING fts5(body)",
                "INSERT INTO words VALUES ('the quick brown fox')",
                "CREATE TABLE gone(x BLOB)",
                "INSERT INTO gone VALUES (zeroblob(100000))",
                "DELETE FROM gone",
                "PRAGMA user_version = 42",
                "PRAGMA application_id = 4242");

        OnlineCopy.run(source, staging, UNLIMITED, PageProgress.NONE);

        assertThat(content(staging)).isEqualTo(content(source));
        assertThat(SampleDatabases.ask(staging, "SELECT count(*) FROM words WHERE words MATCH 'fox'"))
                .isEqualTo("1");
        assertThat(IntegrityCheck.run(staging, CheckLevel.FULL, PageProgress.NONE)
                        .passed())
                .isTrue();
        var before = DatabaseHeader.parse(Files.readAllBytes(source));
        var after = DatabaseHeader.parse(Files.readAllBytes(staging));
        assertThat(after.userVersion()).isEqualTo(before.userVersion()).isEqualTo(42);
        assertThat(after.applicationId()).isEqualTo(before.applicationId()).isEqualTo(4242);
        assertThat(after.textEncoding()).isEqualTo(before.textEncoding());
        assertThat(after.freelistPages()).isEqualTo(before.freelistPages());
    }

    @Test
    void runWhenTheFileIsEmptyMakesADatabaseOfOnePage() throws Exception {
        Files.createFile(source);

        var capture = OnlineCopy.run(source, staging, UNLIMITED, PageProgress.NONE);

        assertThat(capture.pageCount()).isEqualTo(1);
        assertThat(Files.size(staging)).isEqualTo(capture.pageSize());
        assertThat(Files.size(source)).isZero();
        assertThat(SampleDatabases.ask(staging, "SELECT count(*) FROM sqlite_schema"))
                .isEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "what?.db",
                "a?mode=memory.db",
                "50%.db",
                "%41.db",
                "c#.db",
                "with space.db",
                "a&b=c;d.db",
                "Grüße 世界.db",
                "file:x.db",
                "quote'\".db"
            })
    void runWhenThePathHasUnusualLettersReadsThatVeryFile(String name) throws Exception {
        assumeThat(Charset.forName(System.getProperty("sun.jnu.encoding"))
                        .newEncoder()
                        .canEncode(name))
                .isTrue();
        source = directory.resolve(name);
        staging = directory.resolve("staged " + name);
        create(source, "PRAGMA journal_mode = WAL", "CREATE TABLE here(x)");

        OnlineCopy.run(source, staging, UNLIMITED, PageProgress.NONE);

        assertThat(SampleDatabases.ask(staging, "SELECT name FROM sqlite_schema"))
                .isEqualTo("here");
    }

    @Test
    void runWhenThePathIsASymbolicLinkThrowsAmbiguous() throws Exception {
        SampleDatabases.accounts(source, "WAL");
        var link = Files.createSymbolicLink(directory.resolve("link.db"), source);

        assertThatExceptionOfType(SourceException.Ambiguous.class)
                .isThrownBy(() -> OnlineCopy.run(link, staging, UNLIMITED, PageProgress.NONE))
                .withMessageContaining("symbolic link");
    }

    @Test
    void runWhenAFileIsInTheWayThrowsAndLeavesItAlone() throws Exception {
        SampleDatabases.accounts(source, "WAL");
        Files.writeString(staging, "mine");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> OnlineCopy.run(source, staging, UNLIMITED, PageProgress.NONE));

        assertThat(staging).hasContent("mine");
    }

    @Test
    void runReportsEachStepUpToTheTotal() {
        SampleDatabases.addRandomBytes(source, 9 << 20);
        var reports = new ArrayList<List<Long>>();

        var capture = OnlineCopy.run(source, staging, UNLIMITED, (done, total) -> reports.add(List.of(done, total)));

        assertThat(reports).hasSizeGreaterThan(2);
        assertThat(reports).isSortedAccordingTo((a, b) -> Long.compare(a.getFirst(), b.getFirst()));
        assertThat(reports).allSatisfy(report -> assertThat(report.get(1)).isEqualTo(capture.pageCount()));
        assertThat(reports.getLast().getFirst()).isEqualTo(capture.pageCount());
    }

    @Test
    void runWhenCancelledThrowsWhatProgressThrewAndLeavesNothing() {
        SampleDatabases.addRandomBytes(source, 9 << 20);
        var cancellation = new CancellationException("enough");
        var reports = new ArrayList<Long>();

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> OnlineCopy.run(source, staging, UNLIMITED, (done, total) -> {
                    reports.add(done);
                    throw cancellation;
                }))
                .isSameAs(cancellation);

        assertThat(reports).as("nothing is called after it").hasSize(1);
        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    @Test
    void runWhenSlowAndCancelledDoesNotWaitForItsSpeedLimit() {
        SampleDatabases.addRandomBytes(source, 3 << 20);
        var aBytePerSecond = new CaptureOptions(Duration.ZERO, 1);
        var reports = new ArrayList<Long>();

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> OnlineCopy.run(source, staging, aBytePerSecond, (done, total) -> {
                    reports.add(done);
                    if (reports.size() == 3) {
                        throw new CancellationException();
                    }
                }));

        assertThat(reports)
                .as("asked again and again while it sleeps")
                .hasSize(3)
                .containsOnly(reports.getFirst());
        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runInStepsPausesAfterEachAndCopiesTheStateOfTheFirst(String journalMode) {
        SampleDatabases.accounts(source, journalMode);
        SampleDatabases.create(source, "PRAGMA user_version = 1");
        var pause = Duration.ofMillis(10);
        var reports = new TreeSet<Long>();
        long start = System.nanoTime();

        var capture = OnlineCopy.run(source, staging, inSteps(10, pause), (done, total) -> {
            if (journalMode.equals("WAL") && reports.add(done)) {
                SampleDatabases.create(source, "PRAGMA user_version = " + (reports.size() + 1));
            }
            reports.add(done);
        });

        assertThat(reports)
                .hasSize((int) (capture.pageCount() + 9) / 10)
                .allMatch(done -> done % 10 == 0 || done == capture.pageCount());
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThanOrEqualTo(pause.multipliedBy(reports.size() - 1));
        assertThat(SampleDatabases.ask(staging, "PRAGMA user_version")).isEqualTo("1");
    }

    @Test
    void runWhenCancelledInAPauseDoesNotWaitForItsEnd() {
        SampleDatabases.accounts(source, "DELETE");
        var reports = new ArrayList<Long>();

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> OnlineCopy.run(source, staging, inSteps(10, Duration.ofHours(1)), (done, total) -> {
                    reports.add(done);
                    if (reports.size() == 3) {
                        throw new CancellationException();
                    }
                }));

        assertThat(reports).containsExactly(10L, 10L, 10L);
        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    /** By what this process has written: SQLite's cache of 2 MB is filled before the first page is. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void runWhenCancelledEndsBeforeItHasCopiedTheRest() throws Exception {
        SampleDatabases.addRandomBytes(source, 32 << 20);
        var cancellation = new CancellationException("enough");
        var writtenBefore = new ArrayList<Long>();

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> OnlineCopy.run(source, staging, inSteps(100, Duration.ZERO), (done, total) -> {
                    if (done >= 2000) {
                        writtenBefore.add(bytesWritten());
                        throw cancellation;
                    }
                }))
                .isSameAs(cancellation)
                .satisfies(e -> assertThat(e.getSuppressed()).isEmpty());

        assertThat(bytesWritten() - writtenBefore.getFirst()).isLessThan(4 << 20);
        assertThat(filesIn(directory)).containsExactly("source.db");
        assertThat(OnlineCopy.run(source, staging, UNLIMITED, PageProgress.NONE).pageCount())
                .as("nothing of it is left that would disturb another one")
                .isPositive();
        assertThat(content(staging)).isEqualTo(content(source));
    }

    private static CaptureOptions inSteps(int pages, Duration pause) {
        return new CaptureOptions(Duration.ZERO, 0, new Steps(pages, pause), HotJournals.SETTLE, Clock.systemUTC());
    }

    private static long bytesWritten() {
        try (var lines = Files.lines(Path.of("/proc/self/io"))) {
            return lines.filter(line -> line.startsWith("wchar: "))
                    .mapToLong(line -> Long.parseLong(line.substring("wchar: ".length())))
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void runIsNotFasterThanItsLimit() {
        SampleDatabases.addRandomBytes(source, 4 << 20);
        long bytesPerSecond = 8 << 20;
        long start = System.nanoTime();

        var capture =
                OnlineCopy.run(source, staging, new CaptureOptions(Duration.ZERO, bytesPerSecond), PageProgress.NONE);

        long bytesBeforeTheLastStep = capture.pageCount() * capture.pageSize() - (1 << 20);
        var shortest = Duration.ofNanos((long) (1e9 * bytesBeforeTheLastStep / bytesPerSecond));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(shortest);
        assertThat(capture.lockHeld()).isGreaterThanOrEqualTo(shortest);
    }

    @Test
    void runInWalModeHoldsNoLockThatWritersFeel() {
        SampleDatabases.accounts(source, "WAL");

        assertThat(OnlineCopy.run(source, staging, UNLIMITED, PageProgress.NONE).lockHeld())
                .isZero();
    }

    @Test
    void runWhenTheSourceIsReplacedMeanwhileThrowsReplaced() throws Exception {
        SampleDatabases.accounts(source, "DELETE");
        var other = SampleDatabases.accounts(directory.resolve("other.db"), "DELETE");

        assertThatExceptionOfType(SourceException.Replaced.class)
                .isThrownBy(() -> OnlineCopy.run(source, staging, UNLIMITED, (done, total) -> {
                    if (Files.exists(other)) {
                        move(other, source);
                    }
                }));

        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    @Test
    void runWhenTheSourceIsDeletedMeanwhileThrowsReplaced() {
        SampleDatabases.accounts(source, "DELETE");

        assertThatExceptionOfType(SourceException.Replaced.class)
                .isThrownBy(() -> OnlineCopy.run(source, staging, UNLIMITED, (done, total) -> delete(source)));

        assertThat(filesIn(directory)).isEmpty();
    }

    private static void move(Path from, Path to) {
        try {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
