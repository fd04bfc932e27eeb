package dev.afterimage.sqlite.capture;

import static dev.afterimage.sqlite.SampleDatabases.content;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.PageSource;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.SourceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScanTests {

    private static final CaptureOptions UNLIMITED = new CaptureOptions(Duration.ZERO, 0);

    @TempDir
    Path directory;

    private Path source;
    private Path scanned;

    @BeforeEach
    void paths() {
        source = directory.resolve("source.db");
        scanned = directory.resolve("scanned.db");
    }

    static Stream<Arguments> pageSizesAndJournalModes() {
        var all = Stream.of(512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
                .flatMap(
                        pageSize -> Stream.of("WAL", "DELETE").map(journalMode -> Arguments.of(pageSize, journalMode)));
        return Stream.concat(all, Stream.of(Arguments.of(4096, "TRUNCATE"), Arguments.of(4096, "PERSIST")));
    }

    @ParameterizedTest
    @MethodSource("pageSizesAndJournalModes")
    void runReadsTheVeryBytesOfAnIdleDatabaseAndOnlineTheSameButForTheHeader(int pageSize, String journalMode)
            throws Exception {
        create(
                source,
                "PRAGMA page_size = " + pageSize,
                "PRAGMA journal_mode = " + journalMode,
                "CREATE TABLE t(id INTEGER PRIMARY KEY, x BLOB)",
                "CREATE INDEX t_x ON t(x)",
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
                        + " INSERT INTO t SELECT i, randomblob(i * 2) FROM n",
                "DELETE FROM t WHERE id % 7 = 0");
        var sourceBytes = Files.readAllBytes(source);

        var capture = Scan.run(source, UNLIMITED, null, new PlainFile(scanned), PageProgress.NONE);

        var staged = directory.resolve("staged.db");
        OnlineCopy.run(source, staged, UNLIMITED, PageProgress.NONE);
        assertThat(Files.readAllBytes(source)).isEqualTo(sourceBytes);
        assertThat(Files.readAllBytes(scanned)).isEqualTo(sourceBytes);
        var online = Files.readAllBytes(staged);
        assertThat(online).hasSameSizeAs(sourceBytes);
        assertThat(IntStream.range(0, online.length).filter(index -> online[index] != sourceBytes[index]))
                .as("change counter, schema cookie, version-valid-for, and the version of the library that wrote last")
                .allMatch(
                        index -> 24 <= index && index < 28 || 40 <= index && index < 44 || 92 <= index && index < 100);
        assertThat(sourceBytes.length).as("several reads").isGreaterThan(1 << 20);
        assertThat(capture.pageSize()).isEqualTo(pageSize);
        assertThat(capture.pageCount()).isEqualTo(sourceBytes.length / pageSize);
        assertThat(capture.journalMode()).isEqualTo(journalMode.equals("WAL") ? JournalMode.WAL : JournalMode.ROLLBACK);
        assertThat(capture.notes()).isEmpty();
    }

    @Test
    void runTakesWhatIsInTheWalFromThere() throws Exception {
        SampleDatabases.accounts(source, "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", source)) {
            application.awaitLine("written");

            var capture = Scan.run(source, UNLIMITED, null, new PlainFile(scanned), PageProgress.NONE);

            assertThat(capture.walBytesBefore()).isPositive();
            assertThat(capture.lockHeld()).isZero();
            assertThat(capture.stateMark()).isNotNull();
            assertThat(content(scanned)).isEqualTo(content(source));
            assertThat(SampleDatabases.ask(scanned, "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                    .isEqualTo("50");
        }
    }

    @Test
    void runTellsItsPhases() {
        SampleDatabases.addRandomBytes(source, 3 << 20);
        var phases = new ArrayList<String>();

        Scan.run(source, UNLIMITED, null, new PlainFile(scanned), new PageProgress() {
            @Override
            public void pages(long done, long total) {
                assertThat(done).isBetween(0L, total);
            }

            @Override
            public PageProgress phase(String name, int pageSize) {
                phases.add(name);
                return this;
            }
        });

        assertThat(phases).containsExactly("SCANNING", "CAPTURING");
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhenProgressThrowsStopsReadingOnAllThreads(String journalMode) {
        SampleDatabases.accounts(source, journalMode);
        var cancellation = new CancellationException("enough");
        var offered = new ArrayList<PageSource>();

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> Scan.run(
                        source,
                        UNLIMITED,
                        null,
                        (pages, progress) -> {
                            offered.add(pages);
                            progress.pages(0, pages.pageCount());
                        },
                        (done, total) -> {
                            throw cancellation;
                        }))
                .isSameAs(cancellation);

        assertThat(offered).hasSize(1);
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> offered.getFirst().read(1, ByteBuffer.allocate(4096)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhenTheThreadIsInterruptedIsCancelled(String journalMode) {
        SampleDatabases.accounts(source, journalMode);

        try {
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() -> Scan.run(
                            source,
                            UNLIMITED,
                            null,
                            (pages, progress) -> {
                                Thread.currentThread().interrupt();
                                pages.read(1, ByteBuffer.allocate(4096));
                            },
                            PageProgress.NONE));
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void runIsNotFasterThanItsLimitButWhereWritersWait() {
        SampleDatabases.addRandomBytes(source, 4 << 20);
        long bytesPerSecond = 8 << 20;
        Duration shortest;
        Capture capture;
        int runs = 0;
        do {
            long start = System.nanoTime();
            capture = Scan.run(
                    source,
                    new CaptureOptions(Duration.ZERO, bytesPerSecond),
                    null,
                    new PlainFile(scanned),
                    PageProgress.NONE);

            long bytesBeforeTheLastRead = capture.pageCount() * capture.pageSize() - (1 << 20);
            shortest = Duration.ofNanos((long) (1e9 * bytesBeforeTheLastRead / bytesPerSecond));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(shortest);
            assertThat(capture.lockHeld()).isPositive();
        } while (capture.lockHeld().compareTo(shortest) >= 0 && ++runs < 20); // on a busy machine now and then
        assertThat(capture.lockHeld()).isLessThan(shortest);
    }

    @Test
    void finishWhenNothingWasCapturedThrows() {
        SampleDatabases.accounts(source, "DELETE");
        try (var scan = Scan.open(source, UNLIMITED, PageProgress.NONE)) {
            scan.firstPass(new PlainFile(scanned));

            assertThatIllegalStateException().isThrownBy(scan::finish);
            assertThatIllegalStateException().isThrownBy(() -> scan.capture(new PlainFile(scanned)));
        }
    }

    @Test
    void runWhenTheSourceIsReplacedMeanwhileThrowsReplaced() throws Exception {
        SampleDatabases.accounts(source, "WAL");
        var other = SampleDatabases.accounts(directory.resolve("other.db"), "WAL");

        assertThatExceptionOfType(SourceException.Replaced.class)
                .isThrownBy(() -> Scan.run(
                        source,
                        UNLIMITED,
                        null,
                        (pages, progress) -> {
                            try {
                                Files.move(other, source, StandardCopyOption.REPLACE_EXISTING);
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        PageProgress.NONE));
    }
}
