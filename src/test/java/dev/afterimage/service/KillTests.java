package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * {@code kill -9} at moments spread over all that the service does in a backup. Runs 50 rounds, or for as long as
 * {@code -Dtorture.minutes} says. {@code -Dtorture.seed} repeats a run, as far as the machine's speed is the same.
 */
class KillTests {

    private static final int ROUNDS = 50;
    private static final int MOST_ROUNDS = 100;
    private static final int ROWS = 60_000;
    private static final int BATCH = 100;
    private static final int SNAPSHOTS_KEPT = 12;

    @TempDir
    Path directory;

    private ServiceSetup setup;
    private Path source;
    private Random random;
    private final Map<Moment, Integer> moments = new EnumMap<>(Moment.class);

    /** Accepted jobs whose end has not been seen yet, and how many rows were committed when each was asked for. */
    private final Map<String, Long> open = new LinkedHashMap<>();

    private final Map<String, Long> committedBefore = new LinkedHashMap<>();
    private final Set<String> proven = new HashSet<>();
    private int reruns;
    private int givenUp;

    @Test
    void killWhileBackupsRunLosesNothingAndLeavesNothing() throws Exception {
        long seed = Long.getLong("torture.seed", System.nanoTime());
        System.out.println("KillTests: -Dtorture.seed=" + seed);
        random = new Random(seed);
        setup = ServiceSetup.in(directory);
        source = directory.resolve("users.db");
        Users.create(source, "WAL", ROWS);
        var jobTime = firstBackup();

        var end = Instant.now().plus(Duration.ofMinutes(Integer.getInteger("torture.minutes", 0)));
        int kills = 0;
        while (kills < ROUNDS || Instant.now().isBefore(end) || !metEveryPhase() && kills < MOST_ROUNDS) {
            if (kills % 10 == 5) {
                try (var writer = UsersWriterProcess.start(slowly())) {
                    for (int i = 0; i < 5; i++, kills++) {
                        killAtRandomWithin(jobTime, writer);
                    }
                    writer.stop();
                }
            } else {
                killAtRandomWithin(jobTime, null);
                kills++;
            }
            if (kills % 5 == 0) {
                assertThat(Users.read(source)).matches(Users::whole, "the source is unharmed");
            }
        }
        try (var service = setup.start()) {
            requirePromisesKept(service.client());
        }
        System.out.printf(
                "KillTests: %d kills, job time %d ms, moments %s, %d jobs run again, %d given up after three deaths%n",
                kills, jobTime.toMillis(), moments, reruns, givenUp);
        assertThat(metEveryPhase())
                .as("kills met the backup in every phase: %s", moments)
                .isTrue();
    }

    private boolean metEveryPhase() {
        return moments.keySet().containsAll(Moment.INSIDE);
    }

    /** How long a backup takes in a service that has just started, as they all do here. */
    private Duration firstBackup() throws Exception {
        try (var service = setup.start()) {
            var client = service.client();
            client.register("users", source);
            long before = System.nanoTime();
            client.snapshotOf(client.backup("users"));
            return Duration.ofNanos(System.nanoTime() - before);
        }
    }

    private UsersWriter.Plan slowly() {
        return new UsersWriter.Plan(
                source, Integer.MAX_VALUE, BATCH, 0, Duration.ofMinutes(10), Duration.ofMillis(200));
    }

    private void killAtRandomWithin(Duration jobTime, UsersWriterProcess writer) throws Exception {
        try (var service = setup.start()) {
            var client = service.client();
            if (random.nextInt(4) > 0) { // else what was interrupted before is interrupted again
                requirePromisesKept(client);
            }
            int jobs = 1 + random.nextInt(2);
            for (int i = 0; i < jobs; i++) {
                long committed = writer == null ? 0 : writer.committed();
                open.put(client.submitBackup("users", Map.of()), committed);
            }
            long delay = (long) (random.nextDouble() * 1.2 * jobTime.toNanos());
            CompletableFuture.runAsync(service::kill, CompletableFuture.delayedExecutor(delay, TimeUnit.NANOSECONDS))
                    .join();
        }
        moments.merge(Moment.of(setup, Files.size(source)), 1, Integer::sum);
    }

    private void requirePromisesKept(ServiceClient client) throws Exception {
        for (var entry : open.entrySet()) {
            requireGoodEnd(client.awaitEnd(entry.getKey()), entry.getValue());
        }
        open.clear();
        for (var state : List.of("QUEUED", "RUNNING")) {
            assertThat(client.get("jobs?state=" + state).body().get("items")).isEmpty();
        }
        assertThat(Moment.under(setup.staging())).isEmpty();
        assertThat(Moment.under(setup.repository().resolve("tmp"))).isEmpty();
        var snapshots = client.snapshots("users");
        assertThat(snapshots.stream().map(snapshot -> snapshot.get("id").asString()))
                .as("what jobs said they made, or users saw before")
                .containsAll(committedBefore.keySet())
                .containsAll(proven);
        for (var snapshot : snapshots) {
            if (proven.add(snapshot.get("id").asString())) {
                requireRestorable(client, snapshot);
            }
        }
        // One that was there before all these deaths.
        requireRestorable(client, snapshots.get(random.nextInt(snapshots.size())));
        for (var snapshot : snapshots.subList(Math.min(SNAPSHOTS_KEPT, snapshots.size()), snapshots.size())) {
            delete(client, snapshot.get("id").asString());
        }
    }

    private void requireGoodEnd(JsonNode job, long committed) {
        int attempt = job.get("attempt").asInt();
        reruns += attempt > 1 ? 1 : 0;
        switch (job.get("state").asString()) {
            case "SUCCEEDED" ->
                committedBefore.put(job.get("result").get("snapshotId").asString(), committed);
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

    private void requireRestorable(ServiceClient client, JsonNode snapshot) throws Exception {
        var id = snapshot.get("id").asString();
        var download = client.download(id, directory.resolve("download.db"));
        download.requireToBe(snapshot);
        var users = Users.read(download.file());
        Files.delete(download.file());
        assertThat(users).as("%s", snapshot).matches(Users::whole, "exactly the first rows, in a sound file");
        assertThat(users.rows() % BATCH).isZero();
        assertThat(users.rows()).isGreaterThanOrEqualTo(Math.max(ROWS, committedBefore.getOrDefault(id, 0L)));
    }

    private void delete(ServiceClient client, String id) throws Exception {
        assertThat(client.send("DELETE", "snapshots/" + id, Map.of()).status()).isEqualTo(204);
        committedBefore.remove(id);
        proven.remove(id);
    }
}
