package dev.afterimage.service;

import static dev.afterimage.sqlite.TortureTransaction.WRITERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.Torture;
import dev.afterimage.sqlite.CommitJournal;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.TortureTransaction;
import dev.afterimage.sqlite.TortureWriter;
import dev.afterimage.sqlite.live.WalReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A service that follows a database, beside applications that are processes of their own. */
class FollowServiceTests {

    private static final String FOLLOW = "databases/source/follow";

    @TempDir
    Path directory;

    private ServiceSetup setup;
    private Path source;

    @BeforeEach
    void create() throws Exception {
        setup = ServiceSetup.in(directory.toRealPath());
        source = directory.toRealPath().resolve("source.db");
    }

    private void createTortured() throws SQLException {
        try (var connection = SampleDatabases.open(source)) {
            SampleDatabases.execute(connection, "PRAGMA journal_mode = WAL");
            TortureTransaction.createTables(connection);
        }
    }

    private Connection createWork() throws SQLException {
        var connection = DriverManager.getConnection("jdbc:sqlite:" + source);
        SampleDatabases.execute(connection, "PRAGMA journal_mode = WAL");
        SampleDatabases.execute(connection, "CREATE TABLE work (id INTEGER PRIMARY KEY, content BLOB)");
        return connection;
    }

    private void follow(ServiceClient client, String interval) throws Exception {
        client.register("source", source);
        followRegistered(client, interval);
    }

    private static void followRegistered(ServiceClient client, String interval) throws Exception {
        var put = client.send("PUT", FOLLOW, Map.of("interval", interval, "besideSource", true));
        assertThat(put.status()).as("%s", put).isEqualTo(200);
        awaitFollowing(client);
    }

    private static void awaitFollowing(ServiceClient client) {
        await().atMost(Duration.ofMinutes(2))
                .until(() -> standing(client).get("state").asString().equals("FOLLOWING"));
    }

    private static JsonNode standing(ServiceClient client) throws IOException, InterruptedException {
        return client.get(FOLLOW).body();
    }

    private static JsonNode flush(ServiceClient client) throws IOException, InterruptedException {
        var answer = client.send("POST", FOLLOW + "/flush", Map.of());
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        return answer.body();
    }

    private static UUID chain(JsonNode position) {
        return UUID.fromString(position.get("chain").asString());
    }

    private Path journal(int writer) {
        return directory.resolve("commits-of-" + writer);
    }

    private OtherProcess startWriter(int writer) {
        var process = OtherProcess.start(TortureWriter.class, source, writer, journal(writer), false, writer);
        process.awaitLine("writing");
        return process;
    }

    /** An hour is far away: nothing but the stop makes a segment of what it took. */
    @Test
    void stopTakesTheRest() throws Exception {
        createTortured();
        var snapshots = new TreeMap<UUID, Path>();
        UUID chain;
        var before = new long[WRITERS + 1];
        var writers = new ArrayList<OtherProcess>();
        try (var service = setup.start()) {
            var client = service.client();
            follow(client, "1h");
            chain = chain(standing(client).get("position"));
            var snapshot = client.snapshotOf(client.backup("source"));
            client.download(snapshot, directory.resolve("base.db"));
            snapshots.put(UUID.fromString(snapshot), directory.resolve("base.db"));
            IntStream.rangeClosed(1, WRITERS).forEach(writer -> writers.add(startWriter(writer)));
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> standing(client).get("position").get("commit").asLong() > 100);
            for (int writer = 1; writer <= WRITERS; writer++) {
                before[writer] = CommitJournal.committed(journal(writer));
            }
            assertThat(service.stop()).as(service.output()).isEqualTo(143);
            for (var writer : writers) {
                writer.send("stop");
                writer.awaitExit();
            }
        } finally {
            writers.forEach(OtherProcess::close);
        }
        try (var service = setup.start()) {
            awaitFollowing(service.client());
            flush(service.client());
            assertThat(service.stop()).isEqualTo(143);
        }
        var last = new long[WRITERS + 1];
        new KeptLog(setup, "source").replay(snapshots, (of, _, file) -> {
            if (of.equals(chain)) {
                System.arraycopy(sequences(file), 0, last, 0, last.length);
            }
        });
        for (int writer = 1; writer <= WRITERS; writer++) {
            assertThat(last[writer]).isGreaterThanOrEqualTo(before[writer]);
        }
    }

    private static long[] sequences(Path file) throws SQLException {
        var sequences = new long[WRITERS + 1];
        try (var connection = DriverManager.getConnection("jdbc:sqlite:file:" + file + "?immutable=1");
                var query = connection.createStatement();
                var rows = query.executeQuery("SELECT id, sequence FROM writer")) {
            while (rows.next()) {
                sequences[rows.getInt(1)] = rows.getLong(2);
            }
        }
        return sequences;
    }

    /** While nothing is committed the pinned state stays, and so does its lock. */
    @Test
    void whateverElseTheServiceDoesWithTheFileLeavesItPinned() throws Exception {
        try (var application = createWork();
                var service = setup.start()) {
            var client = service.client();
            SampleDatabases.execute(application, "INSERT INTO work (content) VALUES (randomblob(100000))");
            follow(client, "100ms");
            flush(client);
            var snapshot = client.snapshotOf(client.backup("source"));
            try (var watch = new PinWatch(service.pid())) {
                for (var method : List.of("SCAN", "ONLINE", "LOCKED_COPY")) {
                    for (var verify : List.of("FULL", "STORED")) {
                        client.snapshotOf(client.backup("source", Map.of("method", method, "verify", verify)));
                        watch.require(method);
                    }
                }
                for (var path : List.of(
                        "databases/source",
                        "databases",
                        "databases/source/methods",
                        "databases/source/holders",
                        "databases/source/protection",
                        "protection",
                        "discovery",
                        "databases/source/follow")) {
                    assertThat(client.get(path).status()).as(path).isEqualTo(200);
                    watch.require(path);
                }
                for (int i = 0; i < 2; i++) {
                    assertThat(client.status("/actuator/prometheus")).isEqualTo(200);
                    watch.require("metrics");
                }
                succeed(client, "snapshots/" + snapshot + "/checks", Map.of());
                watch.require("check");
                succeed(client, "databases/source/drills", Map.of());
                watch.require("drill");
                succeed(client, "repository/checks", Map.of());
                watch.require("repository check");
                var target = Map.of("path", directory.resolve("restored.db").toString(), "mode", "NEW_FILE");
                succeed(client, "restores", Map.of("snapshot", snapshot, "target", target));
                watch.require("restore");
            }
        }
    }

    private static void succeed(ServiceClient client, String path, Map<String, ?> body) throws Exception {
        var job = client.awaitEnd(client.submit(path, body));
        assertThat(job.get("state").asString()).as("%s", job).isEqualTo("SUCCEEDED");
    }

    /** Looks all the time, as {@code /proc/locks} has it, whether a process pins the state that it has pinned at the beginning. */
    private final class PinWatch implements AutoCloseable {

        private final AtomicBoolean ended = new AtomicBoolean();
        private final AtomicLong looks = new AtomicLong();
        private final AtomicLong missed = new AtomicLong();
        private final Thread thread;

        PinWatch(long pid) {
            assertThat(isPinned(pid)).isTrue();
            thread = Thread.ofPlatform().start(() -> {
                while (!ended.get()) {
                    if (!isPinned(pid)) {
                        missed.incrementAndGet();
                    }
                    looks.incrementAndGet();
                }
            });
        }

        private boolean isPinned(long pid) {
            return WalReader.of(source).stream()
                    .anyMatch(reader -> reader.holder().pid() == pid);
        }

        /** After one more look. */
        void require(String what) {
            long seen = looks.get();
            while (looks.get() < seen + 2) {
                Thread.onSpinWait();
            }
            assertThat(missed.get())
                    .as("looks without a pin until %s, of %d", what, looks.get())
                    .isZero();
        }

        @Override
        public void close() throws InterruptedException {
            ended.set(true);
            thread.join();
        }
    }

    /** It is told busy only where it wants a checkpoint to wait for readers, or while one of ours runs; never when it writes. */
    @ParameterizedTest
    @ValueSource(ints = {0, 5000})
    void anApplicationThatWaitsForNobodySeesNoError(int busyTimeout) throws Exception {
        try (var _ = createWork();
                var service = setup.start()) {
            var client = service.client();
            var alone = work(busyTimeout);
            follow(client, "100ms");
            var beside = work(busyTimeout);
            System.out.printf("busy timeout %d ms, alone: %s%nbeside following: %s%n", busyTimeout, alone, beside);
            beside.forEach(
                    (what, counts) -> assertThat(counts.get(1)).as("%s", beside).isZero());
            for (var write : List.of("COMMIT", "VACUUM")) {
                assertThat(beside.get(write).get(2)).isZero();
            }
            long commits = flush(client).get("commit").asLong();
            assertThat(commits).isGreaterThan(100);
            assertThat(standing(client).get("state").asString()).isEqualTo("FOLLOWING");
        }
    }

    /** By what it did: how often, errors, busy, longest in ms. */
    private Map<String, List<Long>> work(int busyTimeout) {
        var counts = new TreeMap<String, List<Long>>();
        long seconds = Torture.TIME.isZero() ? 4 : 60;
        try (var application =
                OtherProcess.start(ImpatientApplication.class, source, busyTimeout, seconds, Torture.SEED)) {
            application.awaitLine("working");
            for (var line = application.nextLine(); !line.equals("end"); line = application.nextLine()) {
                var words = line.split(" ");
                assertThat(words[0]).as(line).isNotEqualTo("error");
                counts.put(
                        words[0],
                        IntStream.range(1, words.length)
                                .mapToObj(i -> Long.parseLong(words[i]))
                                .toList());
            }
            assertThat(application.awaitExit()).isZero();
        }
        return counts;
    }

    /** Two would keep each other's checkpoints from letting the WAL begin anew. */
    @Test
    void aSecondServiceIsRefusedUntilTheFirstIsGone() throws Exception {
        createTortured();
        var other = setup.home(directory.toRealPath().resolve("other"));
        var bases = new TreeMap<UUID, Path>();
        try (var one = setup.start();
                var two = other.start()) {
            follow(one.client(), "100ms");
            var base = one.client().snapshotOf(one.client().backup("source"));
            one.client().download(base, directory.resolve("base"));
            bases.put(UUID.fromString(base), directory.resolve("base"));
            two.client().register("source", source);
            var writers = IntStream.rangeClosed(1, WRITERS)
                    .mapToObj(this::startWriter)
                    .toList();
            try {
                while (standing(one.client()).get("position").get("commit").asLong() < 1000) {
                    requireRefused(two.client(), one.pid());
                }
                for (var writer : writers) {
                    writer.send("stop");
                    assertThat(writer.awaitExit()).isZero();
                }
            } finally {
                writers.forEach(OtherProcess::close);
            }
            flush(one.client());
            requireRefused(two.client(), one.pid());
            one.kill();
            followRegistered(two.client(), "100ms");
        }
        var log = new KeptLog(setup, "source");
        assertThat(log.chains()).hasSize(1);
        var last = new long[WRITERS + 1];
        log.replay(bases, (_, _, file) -> System.arraycopy(sequences(file), 0, last, 0, last.length));
        for (int writer = 1; writer <= WRITERS; writer++) {
            assertThat(last[writer]).isEqualTo(CommitJournal.committed(journal(writer)));
        }
    }

    private static void requireRefused(ServiceClient client, long follower) throws Exception {
        var put = client.send("PUT", FOLLOW, Map.of("besideSource", true));
        assertThat(put.status()).as("%s", put).isEqualTo(422);
        assertThat(put.body().get("code").asString()).isEqualTo("NOT_FOLLOWABLE");
        assertThat(put.body().get("detail").asString()).contains("another Afterimage", "process " + follower);
        assertThat(put.body().get("hint").asString()).contains("Pause or end following in the other service");
    }

    /** Twice as much as may wait is committed while the repository is away. */
    @Test
    void whatWaitsStaysWithinItsBoundAndFollowingGoesOnWhenThereIsRoom() throws Exception {
        long most = 4 << 20;
        try (var application = createWork();
                var service = setup.with("--afterimage.follow.max-spool=4MB").start()) {
            var client = service.client();
            follow(client, "100ms");
            client.snapshotOf(client.backup("source"));
            var chain = chain(flush(client));
            Files.move(setup.repository(), directory.resolve("away"));
            for (int i = 0;
                    i < 2000 && !standing(client).get("state").asString().equals("CATCHING_UP");
                    i++) {
                SampleDatabases.execute(application, "INSERT INTO work (content) VALUES (randomblob(20000))");
            }
            var full = standing(client);
            assertThat(full.get("reason").asString()).contains("too much waits for the repository");
            assertThat(full.get("storeProblem").asString()).contains("There is no repository");
            assertThat(full.get("lag").get("bytes").asLong()).isPositive();
            for (int i = 0; i < 300; i++) {
                SampleDatabases.execute(application, "INSERT INTO work (content) VALUES (randomblob(20000))");
            }
            SampleDatabases.execute(application, "PRAGMA wal_checkpoint(TRUNCATE)");
            assertThat(bytesUnder(setup.home().resolve("spool"))).isLessThan(most);

            Files.move(directory.resolve("away"), setup.repository());

            await().atMost(Duration.ofMinutes(2))
                    .until(() -> standing(client).get("state").asString().equals("FOLLOWING"));
            SampleDatabases.execute(application, "INSERT INTO work (content) VALUES (randomblob(20000))");
            assertThat(chain(flush(client))).as("a gap is told").isNotEqualTo(chain);
            assertThat(standing(client).get("lag").get("bytes").asLong()).isZero();
            assertThat(bytesUnder(setup.home().resolve("spool"))).isLessThan(1 << 16);
        }
    }

    /** Such as a VACUUM: it does not fill the disk of the home, be it only for a moment. */
    @Test
    void aTransactionThatIsLargerThanWhatMayWaitIsMissedAndTold() throws Exception {
        long most = 4 << 20;
        try (var application = createWork();
                var service = setup.with("--afterimage.follow.max-spool=4MB").start()) {
            var client = service.client();
            follow(client, "100ms");
            var chain = chain(flush(client));
            SampleDatabases.execute(application, "INSERT INTO work (content) VALUES (randomblob(1500000))");
            assertThat(chain(flush(client))).isEqualTo(chain);
            SampleDatabases.execute(application, "INSERT INTO work (content) VALUES (randomblob(12000000))");
            while (!standing(client).get("state").asString().equals("CATCHING_UP")) {
                assertThat(bytesUnder(setup.home().resolve("spool"))).isLessThan(most);
            }
            assertThat(standing(client).get("reason").asString()).contains("what was committed is larger");
            await().atMost(Duration.ofMinutes(2)).until(() -> {
                assertThat(bytesUnder(setup.home().resolve("spool"))).isLessThan(most);
                SampleDatabases.execute(application, "PRAGMA wal_checkpoint(TRUNCATE)");
                SampleDatabases.execute(application, "INSERT INTO work (content) VALUES (randomblob(100))");
                return standing(client).get("state").asString().equals("FOLLOWING");
            });
            assertThat(chain(flush(client))).isNotEqualTo(chain);
        }
    }

    private static long bytesUnder(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}
