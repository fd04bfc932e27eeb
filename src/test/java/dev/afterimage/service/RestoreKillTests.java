package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * {@code kill -9} while restores replace databases: each is whole all the time, each job comes to its end, and the state
 * before can be brought back. More kills: {@code -Dtorture.minutes}.
 */
class RestoreKillTests {

    private static final int ROWS_RESTORED = 5_000;
    private static final int ROWS_BEFORE = 7_500;
    private static final int KILLS = 2;

    @TempDir
    Path directory;

    private final Random random = new Random(Torture.SEED);

    /** Of which one restore after the other is begun. */
    private enum Replaced {
        WAL_IN_PLACE("REPLACE_LIVE", "WAL"),
        JOURNAL_IN_PLACE("REPLACE_LIVE", "DELETE"),
        FILE("REPLACE_FILE", "WAL");

        final String mode;
        final String journalMode;

        Replaced(String mode, String journalMode) {
            this.mode = mode;
            this.journalMode = journalMode;
        }

        String database() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Map<Replaced, String> snapshots = new EnumMap<>(Replaced.class);
    private final Map<Replaced, String> jobs = new EnumMap<>(Replaced.class);

    @Test
    void killWhileRestoresReplaceDatabasesLosesNeitherState() throws Exception {
        var setup = ServiceSetup.in(directory);
        Duration time = Duration.ZERO;
        var end = System.nanoTime() + Torture.TIME.toNanos();
        for (int kills = 0; kills < KILLS || System.nanoTime() < end; kills++) {
            try (var service = setup.start()) {
                if (kills == 0) {
                    prepare(service.client());
                    long start = System.nanoTime();
                    submitRestores(service.client());
                    requireGoodEnds(service.client());
                    time = Duration.ofNanos(System.nanoTime() - start);
                } else {
                    requireGoodEnds(service.client());
                }
                submitRestores(service.client());
                killLater(service, time);
            }
            for (var each : Replaced.values()) {
                requireOneOfTheStates(each);
            }
        }
        try (var service = setup.start()) {
            requireGoodEnds(service.client());
        }
    }

    /** Takes the snapshots, and goes on to the states before the restores. */
    private void prepare(ServiceClient client) throws Exception {
        for (var each : Replaced.values()) {
            Users.create(live(each), each.journalMode, ROWS_RESTORED);
            client.register(each.database(), live(each));
            snapshots.put(each, client.snapshotOf(client.backup(each.database(), Map.of("verify", "NONE"))));
            addRows(live(each));
        }
    }

    private Path live(Replaced each) {
        return directory.resolve(each + ".db");
    }

    private static void addRows(Path live) throws SQLException {
        try (var connection = Users.open(live, 0);
                var insert = Users.insert(connection)) {
            connection.setAutoCommit(false);
            for (int row = ROWS_RESTORED; row < ROWS_BEFORE; row++) {
                Users.add(insert, row);
            }
            connection.commit();
        }
    }

    private void submitRestores(ServiceClient client) throws Exception {
        for (var each : Replaced.values()) {
            jobs.put(each, client.submit("restores", restore(snapshots.get(each), each.mode)));
        }
    }

    private void requireGoodEnds(ServiceClient client) throws Exception {
        for (var each : Replaced.values()) {
            requireGoodEnd(client, client.awaitEnd(jobs.get(each)), each);
        }
        try (var files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as("nothing temporary is left")
                    .noneMatch(name -> name.contains(".afterimage-"));
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
    private void requireOneOfTheStates(Replaced each) throws SQLException {
        if (each != Replaced.FILE || Files.exists(live(each))) {
            var users = Users.read(live(each));
            assertThat(users).as("seed %d", Torture.SEED).matches(Users::whole, "the old state or the new one");
            assertThat(users.rows()).isIn((long) ROWS_RESTORED, (long) ROWS_BEFORE);
        }
    }

    private void requireGoodEnd(ServiceClient client, JsonNode job, Replaced each) throws Exception {
        assertThat(job.get("state").asString())
                .as("seed %d: %s", Torture.SEED, job)
                .isEqualTo("SUCCEEDED");
        assertThat(Users.read(live(each)).rows()).isEqualTo(ROWS_RESTORED);
        var safety = job.get("result").get("safetySnapshot").asString();
        var undo = client.awaitEnd(client.submit(
                "restores",
                Map.of(
                        "snapshot",
                        safety,
                        "target",
                        Map.of("mode", each.mode),
                        "safetySnapshot",
                        false,
                        "verify",
                        "NONE")));
        assertThat(undo.get("state").asString())
                .as("seed %d: %s", Torture.SEED, undo)
                .isEqualTo("SUCCEEDED");
        var users = Users.read(live(each));
        assertThat(users).as("seed %d: %s", Torture.SEED, job).matches(Users::whole, "the state before");
        assertThat(users.rows()).as("seed %d: %s", Torture.SEED, job).isEqualTo(ROWS_BEFORE);
    }
}
