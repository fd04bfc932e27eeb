package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.Torture;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code kill -9} of a service that has a run every second: none is lost, none makes two jobs. */
class ScheduleKillTests {

    private static final int KILLS = 2;
    private static final String RUNS = "databases/users/schedule/runs?limit=500";

    @TempDir
    Path directory;

    @Test
    void killWhileRunsAreDueLosesNoneAndDoublesNone() throws Exception {
        System.out.println("ScheduleKillTests: -Dtorture.seed=" + Torture.SEED);
        var random = new Random(Torture.SEED);
        var setup = ServiceSetup.in(directory.toRealPath());
        var database = setup.root().resolve("users.db");
        Users.create(database, "WAL");
        try (var service = setup.start()) {
            service.client().register("users", database);
            put(service.client(), false);
            killAfterARun(service, random);
        }
        var owed = new ArrayList<>(owed(setup));
        for (int kill = 1; kill < KILLS; kill++) {
            try (var service = setup.start()) {
                killAfterARun(service, random);
            }
            owed.addAll(owed(setup));
        }
        try (var service = setup.start()) {
            var client = service.client();
            await().until(() -> dueAts(runs(client)).containsAll(owed));
            put(client, true);
            await().until(() -> runs(client).stream()
                    .noneMatch(run -> run.get("state").asString().equals("DUE")));

            var runs = runs(client);
            assertThat(dueAts(runs)).as("due times").doesNotHaveDuplicates();
            var submitted = runs.stream()
                    .filter(run -> run.get("state").asString().equals("SUBMITTED"))
                    .map(run -> run.get("jobId").asString())
                    .toList();
            assertThat(submitted).doesNotHaveDuplicates();
            var jobs = new HashSet<String>();
            client.get("jobs?kind=BACKUP&limit=500")
                    .body()
                    .get("items")
                    .forEach(job -> jobs.add(job.get("id").asString()));
            assertThat(jobs).containsExactlyInAnyOrderElementsOf(submitted);
        }
    }

    private static void put(ServiceClient client, boolean paused) throws Exception {
        var answer = client.send(
                "PUT", "databases/users/schedule", Map.of("cron", "* * * * * *", "verify", "NONE", "paused", paused));
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    }

    private static void killAfterARun(ServiceProcess service, Random random) throws Exception {
        var client = service.client();
        int before = runs(client).size();
        await().until(() -> runs(client).size() > before);
        var later = CompletableFuture.delayedExecutor(random.nextInt(1_000), TimeUnit.MILLISECONDS);
        CompletableFuture.runAsync(service::kill, later).join();
    }

    /** The run that was due next when the service died, and those it had begun. */
    private static List<Instant> owed(ServiceSetup setup) throws SQLException {
        var due = new ArrayList<Instant>();
        try (var catalog = DriverManager.getConnection(
                        "jdbc:sqlite:" + setup.home().resolve("catalog.db"));
                var statement = catalog.createStatement();
                var rows = statement.executeQuery(
                        "SELECT due_at FROM next_run UNION ALL SELECT due_at FROM schedule_run WHERE state = 'DUE'")) {
            while (rows.next()) {
                due.add(Instant.ofEpochMilli(rows.getLong("due_at")));
            }
        }
        assertThat(due).isNotEmpty();
        return due;
    }

    private static List<JsonNode> runs(ServiceClient client) throws Exception {
        var runs = new ArrayList<JsonNode>();
        client.get(RUNS).body().get("items").forEach(runs::add);
        return runs;
    }

    private static List<Instant> dueAts(List<JsonNode> runs) {
        return runs.stream()
                .map(run -> Instant.parse(run.get("dueAt").asString()))
                .toList();
    }
}
