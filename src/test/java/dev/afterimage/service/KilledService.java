package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/** One home, whose service is killed again and again while it backs up a database; and what must be true of it each time. */
final class KilledService {

    private static final int ROWS = 10_000;
    private static final int BATCH = 100;
    private static final int SNAPSHOTS_KEPT = 12;

    private final ServiceSetup setup;
    private final Path source;
    private final Random random;
    private final Map<Moment, Integer> moments = new EnumMap<>(Moment.class);

    /** Accepted jobs whose end has not been seen yet, and how many rows were committed when each was asked for. */
    private final Map<String, Long> accepted = new LinkedHashMap<>();

    /** The same of snapshots that jobs said they made. */
    private final Map<String, Long> made = new HashMap<>();

    /** Snapshots that were downloaded and found good. */
    private final Set<String> proven = new HashSet<>();

    private Duration jobTime = Duration.ZERO;
    private int reruns;
    private int givenUp;

    KilledService(Path directory, Random random) throws Exception {
        this.setup = ServiceSetup.in(directory);
        this.source = directory.resolve("users.db");
        this.random = random;
        Users.create(source, "WAL", ROWS);
    }

    /**
     * Kills so many times, and goes on to {@code end}: in a phase that none has met yet while there is one, else at any
     * moment. There are more kills while there is such a phase, but not for ever. At every other one another process
     * writes meanwhile, and the database is in WAL mode.
     */
    void kill(int times, Instant end, Set<Moment> phases) throws Exception {
        for (int kill = 0;
                kill < times || Instant.now().isBefore(end) || !missing(phases).isEmpty() && kill < 10 * times;
                kill++) {
            if (kill % 2 == 0) {
                changeTo("WAL");
                try (var writer = UsersWriterProcess.start(slowly())) {
                    killOnce(writer.committed(), missing(phases));
                    writer.stop();
                }
            } else {
                changeTo("DELETE");
                killOnce(ROWS, missing(phases));
            }
            assertThat(Users.read(source)).matches(Users::whole, "the source is unharmed");
        }
        try (var service = setup.start()) {
            requirePromisesKept(service.client());
        }
    }

    private Set<Moment> missing(Set<Moment> phases) {
        var missing = EnumSet.copyOf(phases);
        missing.removeAll(moments.keySet());
        return missing;
    }

    private void changeTo(String journalMode) throws SQLException {
        try (var application = Users.open(source, 0);
                var statement = application.createStatement()) {
            statement.execute("PRAGMA journal_mode = " + journalMode);
        }
    }

    /** Tells how long a backup takes in a service that has just started, as they all do here. */
    private void takeFirstBackup(ServiceClient client) throws Exception {
        client.register("users", source);
        long before = System.nanoTime();
        client.snapshotOf(client.backup("users"));
        jobTime = Duration.ofNanos(System.nanoTime() - before);
    }

    private UsersWriter.Plan slowly() {
        return new UsersWriter.Plan(
                source, Integer.MAX_VALUE, BATCH, 60_000, Duration.ofHours(1), Duration.ofMillis(200));
    }

    /** @param wanted the phases of which one is waited for; none for any moment */
    private void killOnce(long committed, Set<Moment> wanted) throws Exception {
        try (var service = setup.start()) {
            var client = service.client();
            if (jobTime.isZero()) {
                takeFirstBackup(client);
            } else if (random.nextInt(5) < 2) { // else what was interrupted is interrupted again
                requirePromisesKept(client);
            }
            boolean slow = !wanted.isEmpty() || random.nextBoolean();
            var job = client.submitBackup("users", wishes(slow, wanted));
            accepted.put(job, committed);
            if (random.nextInt(5) == 0) { // one that waits for the other
                accepted.put(client.submitBackup("users", Map.of()), committed);
            }
            if (wanted.isEmpty()) {
                long delay = (long) (random.nextDouble() * 1.2 * jobTime.toNanos() * (slow ? 2 : 1));
                LockSupport.parkNanos(delay);
            } else {
                awaitOneOf(wanted, client, job);
            }
            service.kill();
        }
        moments.merge(Moment.of(setup, Files.size(source)), 1, Integer::sum);
    }

    /**
     * By the default method, or by one that makes a copy first. Unhindered, capturing takes too little of a job's time to be
     * met by many kills.
     */
    private Map<String, ?> wishes(boolean slow, Set<Moment> wanted) throws Exception {
        var method = wanted.contains(Moment.CAPTURING) || random.nextBoolean() ? "ONLINE" : "AUTO";
        long bytesPerSecond = Files.size(source) * 1000 / Math.max(1, jobTime.toMillis());
        return slow ? Map.of("method", method, "maxBytesPerSecond", bytesPerSecond) : Map.of("method", method);
    }

    /** Or until the job has ended. */
    private void awaitOneOf(Set<Moment> wanted, ServiceClient client, String job) throws Exception {
        while (!isIn(wanted)
                && List.of("QUEUED", "RUNNING")
                        .contains(client.job(job).get("state").asString())) {
            LockSupport.parkNanos(100_000);
        }
    }

    private boolean isIn(Set<Moment> wanted) throws IOException {
        try {
            return wanted.contains(Moment.of(setup, Files.size(source)));
        } catch (NoSuchFileException | UncheckedIOException gone) {
            return false; // while it was looked at
        }
    }

    private void requirePromisesKept(ServiceClient client) throws Exception {
        for (var entry : accepted.entrySet()) {
            requireGoodEnd(client.awaitEnd(entry.getKey()), entry.getValue());
        }
        accepted.clear();
        for (var state : List.of("QUEUED", "RUNNING")) {
            assertThat(client.get("jobs?state=" + state).body().get("items")).isEmpty();
        }
        assertThat(Moment.under(setup.staging())).isEmpty();
        assertThat(Moment.under(setup.repository().resolve("tmp"))).isEmpty();
        requireRestorable(client, client.snapshots("users"));
    }

    private void requireGoodEnd(JsonNode job, long committed) {
        int attempt = job.get("attempt").asInt();
        reruns += attempt > 1 ? 1 : 0;
        switch (job.get("state").asString()) {
            case "SUCCEEDED" -> made.put(job.get("result").get("snapshotId").asString(), committed);
            case "FAILED" -> {
                assertThat(job.get("problem").get("code").asString())
                        .as("%s", job)
                        .isEqualTo("INTERRUPTED");
                assertThat(attempt).as("%s", job).isEqualTo(3);
                givenUp++;
            }
            default -> throw new AssertionError(job);
        }
    }

    /** What jobs said they made, and what was good before, is there; each new one, and one of the others, downloads. */
    private void requireRestorable(ServiceClient client, List<JsonNode> snapshots) throws Exception {
        assertThat(snapshots.stream().map(snapshot -> snapshot.get("id").asString()))
                .containsAll(made.keySet())
                .containsAll(proven);
        for (var snapshot : snapshots) {
            if (!proven.contains(snapshot.get("id").asString())) {
                requireRestorable(client, snapshot);
            }
        }
        requireRestorable(client, snapshots.get(random.nextInt(snapshots.size())));
        for (var old : snapshots.stream().skip(SNAPSHOTS_KEPT).toList()) {
            delete(client, old.get("id").asString());
        }
    }

    private void requireRestorable(ServiceClient client, JsonNode snapshot) throws Exception {
        var id = snapshot.get("id").asString();
        var download = client.download(id, source.resolveSibling("download.db"));
        download.requireToBe(snapshot);
        var users = Users.read(download.file());
        Files.delete(download.file());
        assertThat(users).as("%s", snapshot).matches(Users::whole, "exactly the first rows, in a sound file");
        assertThat(users.rows() % BATCH).as("%s", users).isZero();
        assertThat(users.rows()).as("%s", snapshot).isGreaterThanOrEqualTo(made.getOrDefault(id, (long) ROWS));
        proven.add(id);
    }

    private void delete(ServiceClient client, String id) throws Exception {
        assertThat(client.send("DELETE", "snapshots/" + id, Map.of()).status()).isEqualTo(204);
        made.remove(id);
        proven.remove(id);
    }

    Map<Moment, Integer> moments() {
        return moments;
    }

    String summary() {
        return "job time %d ms, kills %s, %d jobs run again, %d given up after three deaths"
                .formatted(jobTime.toMillis(), moments, reruns, givenUp);
    }
}
