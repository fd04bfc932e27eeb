package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** A run is due every second when the service dies: none is lost, none makes two jobs. */
final class SchedulePromises implements Promises {

    private static final int MOST = 500;

    /** By the service, of a schedule. */
    private static final int RUNS_KEPT = 100;

    private static final String RUNS = "databases/scheduled/schedule/runs?limit=" + MOST;
    private static final String JOBS = "jobs?database=scheduled&kind=BACKUP&limit=" + MOST;

    private final ServiceSetup setup;
    private final Path database;

    /** Of the runs that must be there when the service is. */
    private final Set<Instant> owed = new HashSet<>();

    SchedulePromises(ServiceSetup setup) throws Exception {
        this.setup = setup;
        this.database = setup.root().resolve("scheduled.db");
        Users.create(database, "WAL");
    }

    @Override
    public void prepare(ServiceClient client) throws Exception {
        client.register("scheduled", database);
    }

    /** Goes on after a run. */
    @Override
    public void begin(ServiceClient client, Kill wanted) throws Exception {
        var before = dueAts(runs(client));
        put(client, false);
        await().until(() -> !before.containsAll(dueAts(runs(client))));
    }

    private static void put(ServiceClient client, boolean paused) throws Exception {
        var answer = client.send(
                "PUT",
                "databases/scheduled/schedule",
                Map.of("cron", "* * * * * *", "verify", "NONE", "paused", paused));
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    }

    /** The run that was due next when the service died, and those it had begun. */
    @Override
    public void whileDead() throws Exception {
        try (var catalog = setup.copyOfCatalog();
                var statement = catalog.createStatement();
                var rows = statement.executeQuery(
                        "SELECT due_at FROM next_run UNION ALL SELECT due_at FROM schedule_run WHERE state = 'DUE'")) {
            while (rows.next()) {
                owed.add(Instant.ofEpochMilli(rows.getLong("due_at")));
            }
        }
        assertThat(owed).isNotEmpty();
    }

    @Override
    public void requireKept(ServiceClient client) throws Exception {
        await().until(() -> dueAts(runs(client)).containsAll(owed));
        owed.clear();
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
        assertThat(jobs(
                        client,
                        runs.size() >= RUNS_KEPT
                                ? submitted.stream()
                                        .min(Comparator.naturalOrder())
                                        .orElseThrow()
                                : ""))
                .containsExactlyInAnyOrderElementsOf(submitted);
    }

    /** @param first the oldest to tell: there may be no more of the runs of older ones */
    private static Set<String> jobs(ServiceClient client, String first) throws Exception {
        return client.get(JOBS)
                .body()
                .get("items")
                .valueStream()
                .map(job -> job.get("id").asString())
                .filter(id -> id.compareTo(first) >= 0)
                .collect(Collectors.toSet());
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
