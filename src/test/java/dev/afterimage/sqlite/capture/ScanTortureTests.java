package dev.afterimage.sqlite.capture;

import static dev.afterimage.sqlite.TortureTransaction.WRITERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.CommitJournal;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.TortureState;
import dev.afterimage.sqlite.TortureTransaction;
import dev.afterimage.sqlite.TortureWriter;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The proof that what is captured is one committed state: writers in processes of their own commit transactions whose effects
 * are known, check points in all ways, reconnect, roll back, spill, vacuum, switch the journal mode and are killed, while
 * snapshots are taken as fast as possible. Each must have every commit that had ended before the capture began, none that began
 * after it ended, and exactly what the sequence numbers in it say. {@code -Dtorture.minutes=10} tortures for longer.
 */
class ScanTortureTests {

    private static final CaptureOptions PATIENT = new CaptureOptions(Duration.ofMinutes(2), 0);
    private static final Duration SHORT = Duration.ofSeconds(3);
    private static final int FEWEST_ROUNDS = 10;
    private static final int ROUNDS_BETWEEN_KILLS = 5;
    private static final String INTERRUPTED = "given up, to be tried again";
    private static final int MOST_INTERRUPTED = 50; // one of so many

    @TempDir
    Path directory;

    private final SplittableRandom random = new SplittableRandom(Torture.SEED);
    private final TortureState state = new TortureState();
    private final Map<String, Integer> counts = new TreeMap<>();
    private Path source;

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE", "switching"})
    void everySnapshotIsACommittedStateAsAWhole(String journalMode) throws Exception {
        source = directory.resolve("source.db");
        try (var connection = SampleDatabases.open(source)) {
            SampleDatabases.execute(connection, "PRAGMA page_size = 1024");
            SampleDatabases.execute(
                    connection, "PRAGMA journal_mode = " + (journalMode.equals("switching") ? "WAL" : journalMode));
            TortureTransaction.createTables(connection);
        }
        boolean switching = journalMode.equals("switching");
        var writers = new ArrayList<>(IntStream.rangeClosed(1, WRITERS)
                .mapToObj(writer -> start(writer, switching))
                .toList());
        try {
            long end = System.nanoTime() + duration().toNanos();
            String mark = null;
            for (int round = 0; System.nanoTime() < end || round < FEWEST_ROUNDS; round++) {
                mark = tryToTakeSnapshot(round, mark);
                if ((round + 1) % ROUNDS_BETWEEN_KILLS == 0) {
                    int victim = random.nextInt(WRITERS);
                    writers.get(victim).kill();
                    writers.set(victim, start(victim + 1, switching));
                    count("writers killed");
                }
            }
            for (var writer : writers) {
                writer.send("stop");
                countWork(writer.nextLine());
            }
        } finally {
            writers.forEach(OtherProcess::close);
        }
        System.out.println("Torture in mode " + journalMode + ", -Dtorture.seed=" + Torture.SEED + ": " + counts);
        assertThat(counts.get("SCAN")).isGreaterThan(5);
        assertThat(counts.get("ONLINE")).isGreaterThan(1);
        assertThat(counts.getOrDefault(INTERRUPTED, 0) * MOST_INTERRUPTED)
                .isLessThanOrEqualTo(Math.max(MOST_INTERRUPTED, counts.get("SCAN")));
    }

    /** What could not be told from an overwriting, such as a writer that spills pages and is rolled back right behind the capture, is no snapshot: the service tries again. */
    private @Nullable String tryToTakeSnapshot(int round, @Nullable String mark) throws Exception {
        try {
            return takeSnapshot(round, mark);
        } catch (SourceException e) {
            assertThat(e.code()).isEqualTo(ProblemCode.BACKUP_INTERRUPTED);
            Files.deleteIfExists(directory.resolve("snapshot.db"));
            count(INTERRUPTED);
            return null;
        }
    }

    private static Duration duration() {
        return Torture.TIME.isZero() ? SHORT : Torture.TIME.dividedBy(3);
    }

    private OtherProcess start(int writer, boolean switching) {
        var process =
                OtherProcess.start(TortureWriter.class, source, writer, journal(writer), switching, random.nextLong());
        process.awaitLine("writing");
        return process;
    }

    private Path journal(int writer) {
        return directory.resolve("commits-of-" + writer);
    }

    private @Nullable String takeSnapshot(int round, @Nullable String mark) throws Exception {
        var snapshot = directory.resolve("snapshot.db");
        var committedBefore = sequences(CommitJournal::committed);
        var capture = switch (round % 6) {
            case 0 -> counted("ONLINE", OnlineCopy.run(source, snapshot, PATIENT, new Observed()));
            case 1 -> counted("LOCKED_COPY", CopyBy.LOCKED_COPY.run(source, snapshot, PATIENT, new Observed()));
            default ->
                counted("SCAN", Scan.run(source, PATIENT, mark, new PlainFile(snapshot, 64 << 10), new Observed()));
        };
        var begunAfter = sequences(CommitJournal::begun);
        if (Files.exists(snapshot)) {
            state.requireIn(snapshot);
            Files.delete(snapshot);
        } else {
            count("unchanged");
        }
        for (int writer = 1; writer <= WRITERS; writer++) {
            assertThat(state.sequence(writer))
                    .as("last commit of writer %d", writer)
                    .isBetween(committedBefore.get(writer - 1), begunAfter.get(writer - 1));
        }
        return capture.stateMark();
    }

    private interface Question {
        long of(Path journal);
    }

    private List<Long> sequences(Question question) {
        return IntStream.rangeClosed(1, WRITERS)
                .mapToObj(writer -> question.of(journal(writer)))
                .toList();
    }

    private Capture counted(String method, Capture capture) {
        count(method);
        count("snapshots in mode " + capture.journalMode());
        if (!capture.notes().isEmpty()) {
            count("hot journals");
        }
        return capture;
    }

    private void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    private void countWork(String line) {
        var names = List.of("commits", "rollbacks", "checkpoints", "reconnects", "vacuums", "journal mode switches");
        var numbers = line.split(" ");
        for (int i = 0; i < names.size(); i++) {
            counts.merge(names.get(i), Integer.parseInt(numbers[i]), Integer::sum);
        }
    }

    /** Slows captures at random places, and looks whether the WAL is begun anew under them. */
    private final class Observed implements PageProgress {

        private Optional<WalIndexHeader> walBefore = Optional.empty();

        @Override
        public PageProgress phase(String name, int pageSize) {
            walBefore = published();
            return this;
        }

        @Override
        public void pages(long done, long total) {
            if (random.nextInt(4) == 0) {
                LockSupport.parkNanos(random.nextInt(3_000_000));
            }
            if (total > 0 && done == total && walBefore.isPresent()) {
                var walAfter = published();
                if (walAfter.isPresent()
                        && walAfter.get().salts() != walBefore.get().salts()) {
                    count("WALs begun anew during a capture");
                }
            }
        }

        private Optional<WalIndexHeader> published() {
            var live = LiveFile.enter(SourceFile.find(source));
            try {
                return live.walIndex();
            } finally {
                live.leave();
            }
        }
    }
}
