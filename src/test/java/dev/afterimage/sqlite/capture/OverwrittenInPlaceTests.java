package dev.afterimage.sqlite.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.OverwritingProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.SourceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A live file is overwritten in place by another generation of it, of the same size and with the same counters, while it is captured.
 * A capture may fail, but one that succeeds is of one generation: each row has its number, and so has the schema.
 * {@code -Dtorture.minutes=10} tries for longer.
 */
class OverwrittenInPlaceTests {

    private static final Duration SHORT = Duration.ofSeconds(2);

    @TempDir
    Path directory;

    private final SplittableRandom random = new SplittableRandom(Torture.SEED);
    private final Map<String, Integer> counts = new TreeMap<>();

    /** By which it is overwritten before, during and after a capture by each method, on a slow machine as on a fast one. */
    private final Map<CopyBy, Long> lastCapture = new EnumMap<>(CopyBy.class);

    /** Who has the database open meanwhile, and in which mode. */
    enum Application {
        NONE_IN_ROLLBACK_MODE("DELETE", null),
        NONE_IN_WAL_MODE("WAL", null),
        IDLE_IN_WAL_MODE("WAL", "SELECT count(*) FROM sqlite_schema");

        private final String journalMode;
        private final @Nullable String statement;

        Application(String journalMode, @Nullable String statement) {
            this.journalMode = journalMode;
            this.statement = statement;
        }
    }

    @ParameterizedTest
    @EnumSource
    void captureWhenTheFileIsOverwrittenInPlaceIsOfOneGenerationOrFails(Application application) throws Exception {
        var live = generation("live.db", 1, application);
        var other = generation("other.db", 2, application);
        var same = Files.copy(live, directory.resolve("same.db"));
        try (var idle =
                application.statement == null ? null : OtherProcess.start(LiveApplication.class, "obey", live)) {
            if (idle != null) {
                idle.awaitLine("obeying");
                assertThat(idle.ask(application.statement)).isEqualTo("done");
            }
            try (var overwriting = OtherProcess.start(OverwritingProcess.class, live, other, same, Torture.SEED)) {
                overwriting.awaitLine("ready");
                capture(live, overwriting);
            } finally {
                System.out.println("Overwritten, " + application + ", -Dtorture.seed=" + Torture.SEED + ": " + counts);
            }
        }
    }

    private void capture(Path live, OtherProcess overwriting) throws Exception {
        var time = Torture.TIME.isZero() ? SHORT : Torture.TIME.dividedBy(Application.values().length);
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end || !eachSucceededAndSomeWereMet()) {
            for (var method : CopyBy.values()) {
                long start = System.nanoTime();
                overwriting.send(Long.toString(random.nextLong(2 * lastCapture.getOrDefault(method, 1L))));
                capture(live, method);
                lastCapture.put(method, System.nanoTime() - start);
                overwriting.awaitLine("overwritten");
            }
        }
    }

    /** Where the machine is busy, only some are met by the overwriting, and are to be. */
    private boolean eachSucceededAndSomeWereMet() {
        return Stream.of(CopyBy.values()).allMatch(method -> counts.containsKey(method + " succeeded"))
                && Stream.of(CopyBy.values()).anyMatch(method -> counts.containsKey(method + " failed"));
    }

    private void capture(Path live, CopyBy method) throws Exception {
        var copy = directory.resolve("copy.db");
        try {
            method.run(live, copy, new CaptureOptions(Duration.ZERO, 0), PageProgress.NONE);
        } catch (SourceException e) { // also such as NOT_A_DATABASE: half of a file need not be one
            counts.merge(method + " failed", 1, Integer::sum);
            return;
        }
        counts.merge(method + " succeeded", 1, Integer::sum);
        requireOneGeneration(copy);
        Files.delete(copy);
    }

    private static void requireOneGeneration(Path copy) {
        var table = SampleDatabases.ask(copy, "SELECT name FROM sqlite_schema");
        var rows = SampleDatabases.ask(copy, "SELECT min(number) || max(number) || count(*) FROM " + table);
        assertThat(table + rows).isIn("of_111800", "of_222800");
    }

    private Path generation(String name, int number, Application application) {
        return SampleDatabases.create(
                directory.resolve(name),
                "PRAGMA journal_mode = " + application.journalMode,
                "CREATE TABLE of_" + number + " (id INTEGER PRIMARY KEY, number INTEGER, content BLOB)",
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800) INSERT INTO of_" + number
                        + " SELECT i, " + number + ", randomblob(3900) FROM n");
    }
}
