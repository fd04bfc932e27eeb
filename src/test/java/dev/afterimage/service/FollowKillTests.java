package dev.afterimage.service;

import static dev.afterimage.sqlite.TortureTransaction.WRITERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.Torture;
import dev.afterimage.sqlite.CommitJournal;
import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.TortureState;
import dev.afterimage.sqlite.TortureTransaction;
import dev.afterimage.sqlite.TortureWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * {@code kill -9} of a service that follows a database, at random moments, while writers in processes of their own commit, check point in all
 * ways, vacuum, and are killed and stopped themselves; and while segments are merged all the time. What the service has said to be taken is there afterwards; each chain of the log has
 * every commit once and in order; what is missed while nobody follows begins a new chain. {@code -Dtorture.minutes} tortures for longer.
 */
class FollowKillTests {

    private static final int PAGE_SIZE = 1024;
    private static final Pattern MERGED = Pattern.compile("Merged [0-9]+ segments of the log");
    private static final Duration LONGEST_LIFE = Duration.ofSeconds(3);
    private static final Duration NOT_SO_LONG = Duration.ofSeconds(5);

    @TempDir
    Path directory;

    private final SplittableRandom random = new SplittableRandom(Torture.SEED);
    private final Map<String, Long> counts = new TreeMap<>();
    private final List<Promise> promises = new CopyOnWriteArrayList<>();
    private final Map<UUID, Path> snapshots = new TreeMap<>();
    private final List<OtherProcess> writers = new ArrayList<>();
    private UUID lastChain = new UUID(0, 0);
    private boolean writersStand;
    private ServiceSetup setup;
    private Path source;

    /**
     * What an answer of the service says.
     *
     * @param before by writer: at least so many of its transactions are in the state that the commit has left
     * @param after at most so many are
     */
    private record Promise(UUID chain, long commit, long[] before, long[] after) {}

    /** What the service, or its database, is about when it is killed. */
    private enum Kill {
        /** Its writers go on meanwhile, and begin the WAL anew. */
        WHILE_IT_STORES,
        /** They stand meanwhile, so nothing is missed. */
        WHILE_WRITERS_STAND,
        WHILE_IT_MAKES_A_SNAPSHOT
    }

    @BeforeEach
    void create() throws Exception {
        System.out.println("FollowKillTests: -Dtorture.seed=" + Torture.SEED);
        setup = ServiceSetup.in(directory.toRealPath())
                .with("--afterimage.follow.merge-to=500ms", "--afterimage.follow.keep-merged=500ms");
        source = directory.toRealPath().resolve("source.db");
        try (var connection = SampleDatabases.open(source)) {
            SampleDatabases.execute(connection, "PRAGMA page_size = " + PAGE_SIZE);
            SampleDatabases.execute(connection, "PRAGMA journal_mode = WAL");
            TortureTransaction.createTables(connection);
        }
    }

    @AfterEach
    void endTheWriters() {
        writers.forEach(OtherProcess::close);
    }

    @Test
    void killWhileADatabaseIsFollowedLosesNothingThatWasSaidToBeTaken() throws Exception {
        try (var service = setup.start()) {
            service.client().register("source", source);
            var put = service.client()
                    .send("PUT", "databases/source/follow", Map.of("interval", "100ms", "besideSource", true));
            assertThat(put.status()).as("%s", put).isEqualTo(200);
            assertThat(service.stop()).isEqualTo(143);
        }
        IntStream.rangeClosed(1, WRITERS).forEach(writer -> writers.add(startWriter(writer)));
        long end = System.nanoTime() + Torture.TIME.toNanos();
        for (int life = 0; life < Kill.values().length || System.nanoTime() < end; life++) {
            live(Kill.values()[life % Kill.values().length]);
        }
        takeTheRest();
        requireKept();
        System.out.println("FollowKillTests: " + counts);
    }

    private OtherProcess startWriter(int writer) {
        var process =
                OtherProcess.start(TortureWriter.class, source, writer, journal(writer), false, random.nextLong());
        process.awaitLine("writing");
        return process;
    }

    private Path journal(int writer) {
        return directory.resolve("commits-of-" + writer);
    }

    private long[] journals(boolean begun) {
        var sequences = new long[WRITERS + 1];
        for (int writer = 1; writer <= WRITERS; writer++) {
            sequences[writer] = begun ? CommitJournal.begun(journal(writer)) : CommitJournal.committed(journal(writer));
        }
        return sequences;
    }

    /** From a start to a kill. */
    private void live(Kill kill) throws Exception {
        try (var service = setup.start()) {
            var client = service.client();
            goOn(client);
            var chain = awaitFollowing(client);
            count(chain.equals(lastChain) ? "went on without a gap" : "began a new chain");
            lastChain = chain;
            download(client, client.backup("source", Map.of("verify", "NONE")));
            var asking = Thread.ofPlatform().start(() -> askUntilItIsDead(client));
            long until = System.nanoTime() + random.nextLong(LONGEST_LIFE.toNanos());
            do {
                disturb(service);
                LockSupport.parkNanos(random.nextInt(200_000_000));
            } while (System.nanoTime() < until);
            assertThat(chainOf(client)).as("no gap while it lives").isEqualTo(chain);
            switch (kill) {
                case WHILE_IT_STORES -> download(client, client.backup("source", Map.of("verify", "NONE")));
                case WHILE_WRITERS_STAND -> writers.forEach(OtherProcess::stop);
                case WHILE_IT_MAKES_A_SNAPSHOT -> {
                    awaitRunning(client, client.submitBackup("source", Map.of("verify", "NONE")));
                    LockSupport.parkNanos(random.nextInt(50_000_000));
                }
            }
            service.kill();
            count("killed " + kill);
            count("segments merged", MERGED.matcher(service.output()).results().count());
            asking.join();
        }
        LockSupport.parkNanos(random.nextInt(300_000_000));
        writersStand = kill == Kill.WHILE_WRITERS_STAND;
    }

    /** After a while in any case: one that stands may hold locks. */
    private void goOn(ServiceClient client) throws Exception {
        if (writersStand) {
            long until = System.nanoTime() + NOT_SO_LONG.toNanos();
            while (!follow(client).get("state").asString().equals("FOLLOWING") && System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            writers.forEach(OtherProcess::goOn);
            writersStand = false;
        }
    }

    private static void awaitRunning(ServiceClient client, String job) throws Exception {
        while (client.job(job).get("state").asString().equals("QUEUED")) {
            Thread.onSpinWait();
        }
    }

    private UUID awaitFollowing(ServiceClient client) {
        await().atMost(Duration.ofMinutes(2))
                .until(() -> follow(client).get("state").asString().equals("FOLLOWING"));
        return chainOf(client);
    }

    private static JsonNode follow(ServiceClient client) throws IOException, InterruptedException {
        var answer = client.get("databases/source/follow");
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        return answer.body();
    }

    private static UUID chainOf(ServiceClient client) {
        try {
            return UUID.fromString(follow(client).get("position").get("chain").asString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void download(ServiceClient client, JsonNode job) throws Exception {
        var id = client.snapshotOf(job);
        var file = directory.resolve("snapshot-" + snapshots.size() + ".db");
        client.download(id, file);
        snapshots.put(UUID.fromString(id), file);
        count("snapshots downloaded");
    }

    /** Notes what it says, until it says no more. */
    private void askUntilItIsDead(ServiceClient client) {
        try {
            for (int i = 0; ; i++) {
                if (i % 3 == 0) {
                    flush(client);
                } else {
                    note(follow(client).get("position"), new long[WRITERS + 1]);
                }
            }
        } catch (IOException e) {
            count("answers until it was dead", promises.size());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void flush(ServiceClient client) throws IOException, InterruptedException {
        var before = journals(false);
        var answer = client.send("POST", "databases/source/follow/flush", Map.of());
        if (answer.status() == 200) {
            note(answer.body(), before);
            count("flushes");
        } else {
            assertThat(answer.body().get("code").asString()).as("%s", answer).isEqualTo("FOLLOW_BEHIND");
            count("flushes that were told to wait");
        }
    }

    private void note(JsonNode position, long[] before) {
        promises.add(new Promise(
                UUID.fromString(position.get("chain").asString()),
                position.get("commit").asLong(),
                before,
                journals(true)));
    }

    private void disturb(ServiceProcess service) {
        int victim = random.nextInt(WRITERS);
        switch (random.nextInt(6)) {
            case 0 -> {
                writers.get(victim).kill();
                writers.set(victim, startWriter(victim + 1));
                count("writers killed");
            }
            case 1 -> {
                writers.get(victim).stop();
                LockSupport.parkNanos(random.nextInt(100_000_000));
                writers.get(victim).goOn();
                count("writers stopped");
            }
            case 2 -> {
                service.signal("STOP");
                LockSupport.parkNanos(random.nextInt(500_000_000));
                service.signal("CONT");
                count("the service stopped");
            }
            default -> {}
        }
    }

    private void takeTheRest() throws Exception {
        try (var service = setup.start()) {
            var client = service.client();
            goOn(client);
            awaitFollowing(client);
            download(client, client.backup("source", Map.of("verify", "NONE")));
            for (var writer : writers) {
                writer.send("stop");
                assertThat(writer.awaitExit()).isZero();
            }
            flush(client);
            assertThat(promises.getLast().before()).isEqualTo(journals(false));
            assertThat(service.stop()).isEqualTo(143);
        }
    }

    private void requireKept() throws Exception {
        var log = new KeptLog(setup, "source");
        var chains = log.chains();
        count("chains", chains.size());
        var promised = new TreeMap<Long, List<Promise>>();
        for (var promise : promises) {
            if (chains.containsKey(promise.chain())) {
                promised.computeIfAbsent(promise.commit(), _ -> new ArrayList<>())
                        .add(promise);
            }
        }
        var exact = new TreeMap<Long, Path>();
        log.exact().forEach((snapshot, at) -> {
            if (snapshots.containsKey(snapshot)) {
                exact.put(at.getValue(), snapshots.get(snapshot));
            }
        });
        requireReached(log);
        var states = new States(promised, exact);
        count("states", log.replay(snapshots, states));
        assertThat(counts.get("states")).isGreaterThan(100);
        assertThat(counts.get("segments merged")).isPositive();
        assertThat(states.last).isEqualTo(journals(false));
    }

    /** A chain that has no segment is one in which nothing was said to be committed. */
    private void requireReached(KeptLog log) {
        var last = new TreeMap<UUID, Long>();
        var first = new TreeMap<UUID, Long>();
        for (var chain : log.chains().entrySet()) {
            last.put(chain.getKey(), log.lastCommit(chain.getKey()));
            first.put(chain.getKey(), chain.getValue().getFirst().firstCommit());
        }
        var all = last.values().stream().mapToLong(commit -> commit).max().orElse(0);
        for (var promise : promises) {
            assertThat(promise.commit())
                    .as("of %s, of %s", promise.chain(), last)
                    .isLessThanOrEqualTo(last.getOrDefault(promise.chain(), all));
        }
    }

    /** Looks at each of them. */
    private final class States implements KeptLog.Observer {

        private final TortureState state = new TortureState();
        private final TreeMap<Long, List<Promise>> promised;
        private final Map<Long, Path> exact;
        private UUID chain = new UUID(0, 0);
        private long sum;
        private long[] last = new long[WRITERS + 1];

        States(TreeMap<Long, List<Promise>> promised, Map<Long, Path> exact) {
            this.promised = promised;
            this.exact = exact;
        }

        @Override
        public void state(UUID of, long commit, Path file) throws Exception {
            last = sequences(file);
            long now = Arrays.stream(last).sum();
            if (of.equals(chain)) { // one that vacuums changes no number
                assertThat(now - sum).as("transactions in commit %d", commit).isBetween(0L, 1L);
            }
            boolean isNewChain = !of.equals(chain);
            chain = of;
            sum = now;
            for (var promise : promised.getOrDefault(commit, List.of())) {
                for (int writer = 1; writer <= WRITERS; writer++) {
                    assertThat(last[writer]).isBetween(promise.before()[writer], promise.after()[writer]);
                }
            }
            if (exact.containsKey(commit)) {
                assertThat(Files.mismatch(exact.get(commit), file)).isEqualTo(-1);
                count("snapshots compared");
            }
            if (isNewChain || random.nextInt(20) == 0) {
                state.requireIn(file);
                count("states looked at as a whole");
            }
        }

        private static long[] sequences(Path file) throws Exception {
            var sequences = new long[WRITERS + 1];
            try (var connection = Connections.immutable(file);
                    var query = connection.createStatement();
                    var rows = query.executeQuery("SELECT id, sequence FROM writer")) {
                while (rows.next()) {
                    sequences[rows.getInt(1)] = rows.getLong(2);
                }
            }
            return sequences;
        }
    }

    private void count(String what) {
        count(what, 1);
    }

    private synchronized void count(String what, long more) {
        counts.merge(what, more, Long::sum);
    }
}
