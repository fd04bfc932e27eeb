package dev.afterimage.sqlite.follow;

import static dev.afterimage.sqlite.TortureTransaction.WRITERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import dev.afterimage.sqlite.CommitJournal;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.TortureState;
import dev.afterimage.sqlite.TortureTransaction;
import dev.afterimage.sqlite.TortureWriter;
import dev.afterimage.sqlite.follow.Follower.Continuity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The proof that every commit is taken once and in order: writers in processes of their own commit transactions whose effects are known,
 * check point in all ways, reconnect, roll back, spill, vacuum, and are killed or stopped, while one follower takes what they commit and
 * another database is made out of it. Each state that is looked at has exactly what its sequence numbers say, and at the end no commit is
 * missing. {@code -Dtorture.minutes=60} tortures for longer.
 */
class FollowerTortureTests {

    private static final int PAGE_SIZE = 1024;
    private static final Duration SHORT = Duration.ofSeconds(5);
    private static final int CHECKPOINT_ABOVE = 500;
    private static final int TURNS_BETWEEN_KILLS = 100;
    private static final int COMMITS_BETWEEN_CHECKS = 50;

    @TempDir
    Path directory;

    private final SplittableRandom random = new SplittableRandom(Torture.SEED);
    private final TortureState state = new TortureState();
    private final Map<String, Long> counts = new TreeMap<>();
    private Path source;
    private RebuiltDatabase rebuilt;

    @Test
    void everyCommitIsTakenOnceAndInOrder() throws Exception {
        source = directory.resolve("source.db");
        try (var connection = SampleDatabases.open(source)) {
            SampleDatabases.execute(connection, "PRAGMA page_size = " + PAGE_SIZE);
            SampleDatabases.execute(connection, "PRAGMA journal_mode = WAL");
            TortureTransaction.createTables(connection);
        }
        rebuilt = new RebuiltDatabase(source, directory.resolve("rebuilt.db"), PAGE_SIZE, this::look);
        try (var follower = Follower.begin(source, null)) {
            var writers = new ArrayList<>(
                    IntStream.rangeClosed(1, WRITERS).mapToObj(this::start).toList());
            try {
                follow(follower, writers);
                stop(follower, writers);
            } finally {
                writers.forEach(OtherProcess::close);
            }
            turn(follower);
            counts.put("commits taken", rebuilt.commits());
        }
        state.requireIn(directory.resolve("rebuilt.db"));
        System.out.println("Torture, -Dtorture.seed=" + Torture.SEED + ": " + counts);
        for (int writer = 1; writer <= WRITERS; writer++) {
            assertThat(state.sequence(writer)).isGreaterThanOrEqualTo(CommitJournal.committed(journal(writer)));
        }
        assertThat(rebuilt.commits()).isGreaterThan(500);
        assertThat(counts.get("WALs begun anew")).isGreaterThan(3);
        assertIsAsThere();
    }

    private void follow(Follower follower, List<OtherProcess> writers) {
        long end = System.nanoTime() + (Torture.TIME.isZero() ? SHORT : Torture.TIME).toNanos();
        for (int turn = 1; System.nanoTime() < end; turn++) {
            if (follower.hasMoved()) {
                turn(follower);
                if (follower.walFrames() > CHECKPOINT_ABOVE && !follower.isWrittenBack()) {
                    count(follower.checkpoint() ? "checkpoints" : "checkpoints that did not come to the end");
                    turn(follower);
                }
            }
            int victim = random.nextInt(WRITERS);
            if (turn % TURNS_BETWEEN_KILLS == 0) {
                writers.get(victim).kill();
                writers.set(victim, start(victim + 1));
                count("writers killed");
            } else if (turn % TURNS_BETWEEN_KILLS == TURNS_BETWEEN_KILLS / 2) {
                writers.get(victim).stop();
                LockSupport.parkNanos(random.nextInt(30_000_000));
                turn(follower);
                writers.get(victim).goOn();
                count("writers stopped");
            }
            LockSupport.parkNanos(random.nextInt(10) == 0 ? random.nextInt(200_000_000) : random.nextInt(10_000_000));
        }
    }

    /** While they come to their end there is somebody who reads what they want to check point. */
    private void stop(Follower follower, List<OtherProcess> writers) {
        for (var writer : writers) {
            writer.send("stop");
            while (writer.isAlive()) {
                turn(follower);
                LockSupport.parkNanos(5_000_000);
            }
        }
    }

    private void turn(Follower follower) {
        long salts = follower.position().salts();
        assertThat(follower.turn(rebuilt)).isEqualTo(Continuity.CONTINUED);
        if (follower.position().salts() != salts) {
            count("WALs begun anew");
        }
    }

    private void look(long commits, Path file) throws Exception {
        if (commits % COMMITS_BETWEEN_CHECKS == 0) {
            state.requireIn(file);
            count("states looked at");
        }
    }

    /** The last who leaves writes all of the WAL to the database file. */
    private void assertIsAsThere() throws Exception {
        try (var connection = SampleDatabases.open(source)) {
            SampleDatabases.execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
        assertThat(Files.mismatch(directory.resolve("rebuilt.db"), source)).isEqualTo(-1);
    }

    private OtherProcess start(int writer) {
        var process =
                OtherProcess.start(TortureWriter.class, source, writer, journal(writer), false, random.nextLong());
        process.awaitLine("writing");
        return process;
    }

    private Path journal(int writer) {
        return directory.resolve("commits-of-" + writer);
    }

    private void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }
}
