package dev.afterimage.sqlite.capture;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.CountingApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.DatabaseFacts;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a second process that commits as fast as it can. */
class WalLimitTests {

    private static final long MAX_BYTES = 2 << 20;
    private static final long BYTES_PER_SECOND = 64 << 10;

    @TempDir
    Path directory;

    private Path source;

    @BeforeEach
    void makeSource() throws Exception {
        source = CountingApplication.database(directory.toRealPath().resolve("source.db"), "WAL");
    }

    @Test
    void runWhenTheWalGrowsAboveTheLimitLetsGoSoThatItCanBeBegunAnew() throws Exception {
        try (var application = OtherProcess.start(CountingApplication.class, source)) {
            application.awaitLine("counting");

            var slow = new CaptureOptions(Duration.ofSeconds(10), BYTES_PER_SECOND);
            var progress = WalLimit.on(List.of(source), MAX_BYTES, PageProgress.NONE);
            var sink = new PlainFile(directory.resolve("scanned.db"));
            assertThatProblem(ProblemCode.BACKUP_INTERRUPTED, "its WAL grew")
                    .isThrownBy(() -> Scan.run(source, slow, null, sink, progress))
                    .satisfies(e -> {
                        assertThat(e.code().name()).isEqualTo("BACKUP_INTERRUPTED");
                        assertThat(e.code().retryable()).isTrue();
                        assertThat(e.getMessage()).contains("source.db", "2097152 are allowed");
                    });

            assertThat(DatabaseFacts.walBytesOf(source)).isGreaterThan(MAX_BYTES);
        }
        assertThat(truncatedByACheckpoint()).isTrue();
    }

    /** The application is dead, so only a capture that has not let go could be in the way. */
    private boolean truncatedByACheckpoint() throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + source);
                var statement = connection.createStatement()) {
            try (var result = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
                return result.getInt(1) == 0;
            }
        }
    }

    @Test
    void runWhenTheWalWasLargeBeforeAndDoesNotGrowCaptures() throws Exception {
        try (var application = DriverManager.getConnection("jdbc:sqlite:" + source)) {
            application.createStatement().execute("PRAGMA wal_autocheckpoint = 0");
            application.createStatement().execute("UPDATE filler SET content = randomblob(1000)");
            assertThat(DatabaseFacts.walBytesOf(source)).isGreaterThan(MAX_BYTES);

            var progress = WalLimit.on(List.of(source), MAX_BYTES, PageProgress.NONE);
            var sink = new PlainFile(directory.resolve("scanned.db"));
            var capture = Scan.run(source, new CaptureOptions(Duration.ZERO, 0), null, sink, progress);

            assertThat(capture.walBytesAfter()).isEqualTo(DatabaseFacts.walBytesOf(source));
        }
    }

    @Test
    void onlyGrowthInThePhaseThatPinsCountsAlsoOfAnotherDatabaseOfAGroup() throws Exception {
        var other = CountingApplication.database(source.resolveSibling("other.db"), "WAL");
        var progress = WalLimit.on(List.of(source, other), MAX_BYTES, PageProgress.NONE)
                .about("source");
        var saving = progress.phase("SAVING", 4096);
        var capturing = progress.phase(OnlineCopy.PHASE, 4096);
        try (var application = DriverManager.getConnection("jdbc:sqlite:" + other)) {
            application.createStatement().execute("PRAGMA wal_autocheckpoint = 0");
            capturing.pages(1, 2);
            application.createStatement().execute("UPDATE filler SET content = randomblob(1000)");

            saving.pages(1, 2);
            assertThatProblem(ProblemCode.BACKUP_INTERRUPTED, "its WAL grew")
                    .isThrownBy(() -> capturing.pages(2, 2))
                    .satisfies(e -> assertThat(e.problem().properties()).containsEntry("path", other.toString()));
        }
    }
}
