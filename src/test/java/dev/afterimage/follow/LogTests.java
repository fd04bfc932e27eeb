package dev.afterimage.follow;

import static dev.afterimage.sqlite.TortureTransaction.WRITERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import dev.afterimage.repository.log.Segment.Continuity;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.log.TestSegments;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.CommitJournal;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.TortureState;
import dev.afterimage.sqlite.TortureTransaction;
import dev.afterimage.sqlite.TortureWriter;
import dev.afterimage.sqlite.follow.Follower;
import dev.afterimage.storage.StorageIdentity;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the database to the repository and back, beside writers that are processes of their own. */
class LogTests {

    private static final int PAGE_SIZE = 1024;
    private static final Duration SHORT = Duration.ofSeconds(3);
    private static final long SEGMENT_NANOS = Duration.ofMillis(200).toNanos();
    private static final UUID DATABASE = UUID.randomUUID();

    @TempDir
    Path directory;

    private final SplittableRandom random = new SplittableRandom(Torture.SEED);
    private final TortureState state = new TortureState();
    private Path source;
    private Path base;
    private Segments segments;

    @BeforeEach
    void create() throws Exception {
        source = directory.resolve("source.db");
        try (var connection = SampleDatabases.open(source)) {
            SampleDatabases.execute(connection, "PRAGMA page_size = " + PAGE_SIZE);
            SampleDatabases.execute(connection, "PRAGMA journal_mode = WAL");
            TortureTransaction.createTables(connection);
        }
        base = Files.copy(source, directory.resolve("base.db"));
        var storage = new LocalStorage(directory.resolve("repository"), 0);
        storage.asFound().identify(new StorageIdentity(UUID.randomUUID(), null));
        segments = new Segments(new Vault(storage, Clock.systemUTC()));
    }

    private OtherProcess start(int writer) {
        var process = OtherProcess.start(
                TortureWriter.class,
                source,
                writer,
                directory.resolve("commits-of-" + writer),
                false,
                random.nextLong());
        process.awaitLine("writing");
        return process;
    }

    @Test
    void anyCommitCanBeMadeAgainOutOfTheSegments() throws Exception {
        int number = 0;
        try (var follower = Follower.begin(source, null)) {
            var spool = SpoolFile.create(
                    directory.resolve("spool-0"),
                    new SpoolFile.Begin(
                            DATABASE,
                            UUID.randomUUID(),
                            null,
                            Continuity.BEGUN,
                            1,
                            follower.position(),
                            follower.schemaCookie(),
                            Instant.EPOCH),
                    Clock.systemUTC());
            var writers = new ArrayList<>(
                    IntStream.rangeClosed(1, WRITERS).mapToObj(this::start).toList());
            try {
                long end = System.nanoTime() + SHORT.toNanos();
                long segmentEnd = System.nanoTime() + SEGMENT_NANOS;
                boolean isOver = false;
                while (!isOver) {
                    if (System.nanoTime() > end && !writers.isEmpty()) {
                        writers.forEach(writer -> writer.send("stop"));
                        end = Long.MAX_VALUE;
                    }
                    isOver = writers.stream().noneMatch(OtherProcess::isAlive);
                    assertThat(follower.turn(spool)).isEqualTo(Follower.Continuity.CONTINUED);
                    if ((System.nanoTime() > segmentEnd || isOver) && spool.commits() > 0) {
                        segments.put(spool.segment(), spool.frames());
                        var next = spool.next();
                        spool.close();
                        spool = SpoolFile.create(directory.resolve("spool-" + ++number), next, Clock.systemUTC());
                        segmentEnd = System.nanoTime() + SEGMENT_NANOS;
                    }
                    LockSupport.parkNanos(random.nextInt(10_000_000));
                }
            } finally {
                writers.forEach(OtherProcess::close);
                spool.close();
            }
        }
        assertThat(number).isGreaterThan(5);
        long last = lastCommit();
        for (long commit = 1 + random.nextInt(50); commit < last; commit += 1 + random.nextInt(200)) {
            state.requireIn(rebuilt(commit));
        }
        state.requireIn(rebuilt(last));
        for (int writer = 1; writer <= WRITERS; writer++) {
            assertThat(state.sequence(writer))
                    .isEqualTo(CommitJournal.committed(directory.resolve("commits-of-" + writer)));
        }
        try (var connection = SampleDatabases.open(source)) {
            SampleDatabases.execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
        assertThat(Files.mismatch(rebuilt(last), source)).isEqualTo(-1);
    }

    private long lastCommit() {
        var last = TestSegments.names(segments, DATABASE).getLast();
        return TestSegments.read(segments, DATABASE, last, (_, _, _) -> {}).lastCommit();
    }

    /** The base, and over it of each page the newest version up to that commit. */
    private Path rebuilt(long commit) throws IOException {
        var file = directory.resolve("rebuilt.db");
        Files.deleteIfExists(file);
        Files.copy(base, file);
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (var name : TestSegments.names(segments, DATABASE)) {
                if (name.firstCommit() <= commit) {
                    var written = new long[1];
                    var segment = TestSegments.read(segments, DATABASE, name, (page, number, content) -> {
                        if (number <= commit && page != written[0]) {
                            write(channel, page, content);
                            written[0] = page;
                        }
                    });
                    int index = (int) (Math.min(commit, segment.lastCommit()) - segment.firstCommit());
                    channel.truncate(segment.commits().get(index).pageCount() * PAGE_SIZE);
                }
            }
        }
        return file;
    }

    private static void write(FileChannel channel, long page, ByteBuffer content) {
        try {
            channel.write(content, (page - 1) * PAGE_SIZE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whatWasSaidToBeTakenIsThereWhenTheFollowingProcessWasKilled() {
        var file = directory.resolve("spool");
        long said = 0;
        try (var writer = start(1)) {
            for (int round = 0; round < 5; round++) {
                try (var following = OtherProcess.start(FollowingProcess.class, source, file)) {
                    // Between two processes nobody holds the WAL: when it is begun anew then, that is a gap, and told.
                    if (following.nextLine().equals("GAP")) {
                        break;
                    }
                    int turns = 20 + random.nextInt(40);
                    do {
                        said = Long.parseLong(following.nextLine());
                    } while (--turns > 0 || said == 0);
                    following.kill();
                }
                try (var spool = SpoolFile.open(file, Clock.systemUTC())) {
                    assertThat((long) spool.commits()).isGreaterThanOrEqualTo(said);
                }
            }
            writer.kill();
        }
        assertThat(said).isPositive();
    }
}
