package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * {@code kill -9} while a restore replaces a database: the database is whole all the time, the job comes to its end, and the
 * state before can be brought back. More kills: {@code -Dtorture.minutes}.
 */
class RestoreKillTests {

    private static final int ROWS_RESTORED = 10_000;
    private static final int ROWS_BEFORE = 15_000;
    private static final int KILLS = 1;

    @TempDir
    Path directory;

    private Random random;
    private Path live;
    private String snapshot;

    @ParameterizedTest
    @CsvSource({"REPLACE_LIVE, WAL", "REPLACE_LIVE, DELETE", "REPLACE_FILE, WAL"})
    void killWhileARestoreReplacesADatabaseLosesNeitherState(String mode, String journalMode) throws Exception {
        random = new Random(Torture.SEED + 1_000_003L * (mode + journalMode).hashCode()); // each at another moment
        var setup = ServiceSetup.in(directory);
        live = directory.resolve("users.db");
        Users.create(live, journalMode, ROWS_RESTORED);
        var jobTime = prepare(setup, mode);
        var end = System.nanoTime() + Torture.TIME.toNanos() / 3;
        for (int kills = 0; kills < KILLS || System.nanoTime() < end; kills++) {
            String job;
            try (var service = setup.start()) {
                job = service.client().submit("restores", restore(snapshot, mode));
                killLater(service, jobTime);
            }
            requireOneOfTheStates(mode);
            try (var service = setup.start()) {
                requireGoodEnd(service.client(), service.client().awaitEnd(job), mode);
            }
        }
    }

    /** Takes the snapshot, goes on to the state before the restores, and tells how long one takes. */
    private Duration prepare(ServiceSetup setup, String mode) throws Exception {
        try (var service = setup.start()) {
            var client = service.client();
            client.register("users", live);
            snapshot = client.snapshotOf(client.backup("users", Map.of("verify", "NONE")));
            addRows();
            long start = System.nanoTime();
            var job = client.awaitEnd(client.submit("restores", restore(snapshot, mode)));
            var time = Duration.ofNanos(System.nanoTime() - start);
            requireGoodEnd(client, job, mode);
            return time;
        }
    }

    private void addRows() throws SQLException {
        try (var connection = Users.open(live, 0);
                var insert = Users.insert(connection)) {
            connection.setAutoCommit(false);
            for (int row = ROWS_RESTORED; row < ROWS_BEFORE; row++) {
                Users.add(insert, row);
            }
            connection.commit();
        }
    }

    private static Map<String, ?> restore(String snapshot, String mode) {
        return Map.of("snapshot", snapshot, "target", Map.of("mode", mode), "safetySnapshot", true, "verify", "NONE");
    }

    private void killLater(ServiceProcess service, Duration jobTime) {
        long delay = (long) (random.nextDouble() * jobTime.toNanos());
        CompletableFuture.runAsync(service::kill, CompletableFuture.delayedExecutor(delay, TimeUnit.NANOSECONDS))
                .join();
    }

    /** A file that was being replaced may be away until the service is back, but never another in its place. */
    private void requireOneOfTheStates(String mode) throws SQLException {
        if (mode.equals("REPLACE_LIVE") || Files.exists(live)) {
            var users = Users.read(live);
            assertThat(users).as("seed %d", Torture.SEED).matches(Users::whole, "the old state or the new one");
            assertThat(users.rows()).isIn((long) ROWS_RESTORED, (long) ROWS_BEFORE);
        }
    }

    private void requireGoodEnd(ServiceClient client, JsonNode job, String mode) throws Exception {
        assertThat(job.get("state").asString())
                .as("seed %d: %s", Torture.SEED, job)
                .isEqualTo("SUCCEEDED");
        assertThat(Users.read(live).rows()).isEqualTo(ROWS_RESTORED);
        var safety = job.get("result").get("safetySnapshot").asString();
        var undo = client.awaitEnd(client.submit(
                "restores",
                Map.of("snapshot", safety, "target", Map.of("mode", mode), "safetySnapshot", false, "verify", "NONE")));
        assertThat(undo.get("state").asString())
                .as("seed %d: %s", Torture.SEED, undo)
                .isEqualTo("SUCCEEDED");
        var users = Users.read(live);
        assertThat(users).as("seed %d: %s", Torture.SEED, job).matches(Users::whole, "the state before");
        assertThat(users.rows()).as("seed %d: %s", Torture.SEED, job).isEqualTo(ROWS_BEFORE);
        try (var files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as("nothing temporary is left")
                    .noneMatch(name -> name.contains(".afterimage-"));
        }
    }
}
