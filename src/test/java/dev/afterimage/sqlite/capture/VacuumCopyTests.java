package dev.afterimage.sqlite.capture;

import static dev.afterimage.sqlite.SampleDatabases.content;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.live.CaptureOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VacuumCopyTests {

    private static final CaptureOptions UNLIMITED = new CaptureOptions(Duration.ZERO, 0);

    @TempDir
    Path directory;

    private Path source;
    private Path staging;

    @BeforeEach
    void paths() {
        source = directory.resolve("source.db");
        staging = directory.resolve("staging with 'quote' and ? #.db");
    }

    @ParameterizedTest
    @CsvSource({"512, WAL, UTF-8", "4096, DELETE, UTF-16le", "65536, PERSIST, UTF-16be"})
    void runKeepsRowsAndLeavesOutUnusedPages(int pageSize, String journalMode, String encoding) throws Exception {
        create(
                source,
                "PRAGMA page_size = " + pageSize,
                "PRAGMA encoding = '" + encoding + "'",
                "PRAGMA journal_mode = " + journalMode,
                "CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT)",
                "CREATE TABLE r(a, b, PRIMARY KEY(a, b)) WITHOUT ROWID",
                "CREATE VIRTUAL TABLE words USING fts5(body)",
                "INSERT INTO words VALUES ('the quick brown fox')",
                "INSERT INTO t VALUES (7, 'Grüße'), (70, NULL)",
                "INSERT INTO r VALUES (2, 'b'), (1, 'a')",
                "CREATE TABLE gone(x BLOB)",
                "INSERT INTO gone VALUES (zeroblob(1000000))",
                "DELETE FROM gone",
                "PRAGMA user_version = 42");
        var sourceBytes = Files.readAllBytes(source);

        var capture = VacuumCopy.run(source, staging, UNLIMITED, PageProgress.NONE);

        assertThat(Files.readAllBytes(source)).isEqualTo(sourceBytes);
        assertThat(content(staging)).isEqualTo(content(source));
        var header = DatabaseHeader.parse(Files.readAllBytes(staging));
        assertThat(header.userVersion()).isEqualTo(42);
        assertThat(header.freelistPages()).isZero();
        assertThat(capture.pageSize()).isEqualTo(header.pageSize()).isEqualTo(pageSize);
        assertThat(capture.pageCount())
                .isEqualTo(Files.size(staging) / pageSize)
                .isLessThanOrEqualTo((sourceBytes.length - 1_000_000) / pageSize + 1);
    }

    @Test
    void runWhenTheFileIsEmptyMakesADatabaseThatCanBeRead() throws Exception {
        Files.createFile(source);

        var capture = VacuumCopy.run(source, staging, UNLIMITED, PageProgress.NONE);

        assertThat(capture.pageCount()).isEqualTo(1);
        assertThat(Files.size(staging)).isEqualTo(capture.pageSize());
        assertThat(Files.size(source)).isZero();
    }

    @Test
    void runReportsPagesUpToThoseInUse() {
        SampleDatabases.addRandomBytes(source, 9 << 20);
        var reports = new ArrayList<List<Long>>();

        var capture = VacuumCopy.run(source, staging, UNLIMITED, (done, total) -> reports.add(List.of(done, total)));

        assertThat(reports).anySatisfy(report -> assertThat(report.getFirst()).isPositive());
        assertThat(reports).isSortedAccordingTo((a, b) -> Long.compare(a.getFirst(), b.getFirst()));
        assertThat(reports)
                .allSatisfy(report -> assertThat(report.get(1))
                        .isGreaterThanOrEqualTo(report.get(0))
                        .isGreaterThanOrEqualTo(capture.pageCount() - 1));
    }

    @Test
    void runWhenCancelledStopsAtOnceAndLeavesNothing() {
        SampleDatabases.addRandomBytes(source, 9 << 20);
        var cancellation = new CancellationException("enough");
        var reports = new ArrayList<Long>();

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> VacuumCopy.run(source, staging, UNLIMITED, (done, total) -> {
                    reports.add(done);
                    if (done > 0) {
                        throw cancellation;
                    }
                }))
                .isSameAs(cancellation);

        assertThat(reports.getLast() * 4096).isLessThan(9 << 20);
        assertThat(filesIn(directory)).containsExactly("source.db");
    }

    @Test
    void runIsNotFasterThanItsLimit() {
        SampleDatabases.addRandomBytes(source, 4 << 20);
        long bytesPerSecond = 8 << 20;
        long start = System.nanoTime();

        VacuumCopy.run(source, staging, new CaptureOptions(Duration.ZERO, bytesPerSecond), PageProgress.NONE);

        // SQLite keeps up to 2 MB of pages back until it commits.
        var shortest = Duration.ofMillis(1000 * ((4 << 20) - 2_100_000L) / bytesPerSecond);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(shortest);
    }
}
