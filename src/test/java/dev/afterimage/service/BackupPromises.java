package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.LongWaits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/**
 * A database is backed up when the service dies, which loses nothing and leaves nothing: a WAL database to which another process writes, and the
 * same in rollback mode, to which nobody does, in turn.
 */
final class BackupPromises implements Promises, AutoCloseable {

    private static final int ROWS = 10_000;
    private static final int BATCH = 100;
    private static final int SNAPSHOTS_KEPT = 12;
    private static final Duration LONG = Duration.ofSeconds(5);

    private final ServiceSetup setup;
    private final Path source;
    private final Random random;

    /** Accepted jobs whose end has not been seen yet, and how many rows were committed when each was asked for. */
    private final Map<String, Long> accepted = new LinkedHashMap<>();

    /** The same of snapshots that jobs said they made. */
    private final Map<String, Long> made = new HashMap<>();

    /** Snapshots that were downloaded and found good. */
    private final Set<String> proven = new HashSet<>();

    /** Null while nobody writes. */
    private UsersWriterProcess writer;

    private long rows = ROWS;
    private long bytes;
    private String newest = "";
    private Duration jobTime = Duration.ZERO;
    private int reruns;
    private int givenUp;

    BackupPromises(ServiceSetup setup, Random random) throws Exception {
        this.setup = setup;
        this.source = setup.root().resolve("users.db");
        this.random = random;
        Users.create(source, "WAL", ROWS);
        this.writer = UsersWriterProcess.start(slowly());
    }

    private UsersWriter.Plan slowly() {
        return new UsersWriter.Plan(
                source, Integer.MAX_VALUE, BATCH, 60_000, Duration.ofHours(1), Duration.ofMillis(500));
    }

    /** Tells how long a backup takes in a service that has just started, as they all do here. */
    @Override
    public void prepare(ServiceClient client) throws Exception {
        client.register("users", source);
        long before = System.nanoTime();
        client.snapshotOf(client.backup("users"));
        jobTime = Duration.ofNanos(System.nanoTime() - before);
    }

    @Override
    public void begin(ServiceClient client, Kill wanted) throws Exception {
        bytes = Files.size(source);
        submit(client, wishes(wanted));
        if (random.nextInt(5) == 0) { // one that waits for the other
            accepted.put(client.submitBackup("users", Map.of()), committed());
        }
    }

    private void submit(ServiceClient client, Map<String, ?> wishes) throws Exception {
        long committed = committed();
        newest = client.submitBackup("users", wishes);
        accepted.put(newest, committed);
    }

    private long committed() {
        return writer == null ? rows : writer.committed();
    }

    /**
     * By the default method, or by one that makes a copy first. Unhindered, capturing takes too little of a job's time to be met by many
     * kills, and saving too; a prune needs more of it.
     */
    private Map<String, ?> wishes(Kill wanted) {
        return switch (wanted) {
            case CAPTURING_AND_DELETING_MANIFESTS -> wishes("ONLINE", jobTime.plus(LONG));
            case SAVING -> wishes("AUTO", jobTime);
            case RESTORING_TO_CHECK, WHILE_ALL_IS_DONE_AGAIN, DELETING_LAYERS ->
                wishes(random.nextBoolean() ? "ONLINE" : "AUTO", jobTime);
            case ANY -> random.nextBoolean() ? Map.of() : wishes("ONLINE", jobTime);
        };
    }

    private Map<String, ?> wishes(String method, Duration time) {
        return Map.of("method", method, "maxBytesPerSecond", bytes * 1000 / Math.max(1, time.toMillis()));
    }

    /** Of the backup that was begun, or of another one, if that ended before anybody saw it there. */
    void await(Kill wanted, ServiceClient client) throws Exception {
        var moment = wanted.moment().orElseThrow();
        long end = System.nanoTime() + LongWaits.LONGEST.toNanos();
        while (!isSeenIn(moment)) {
            assertThat(System.nanoTime()).as("never %s", moment).isLessThan(end);
            if (!List.of("QUEUED", "RUNNING")
                    .contains(client.job(newest).get("state").asString())) {
                submit(client, wishes(wanted));
            }
        }
    }

    /** Looks for a moment, without asking the service, which has enough to do. */
    private boolean isSeenIn(Moment wanted) throws IOException {
        boolean seen = isIn(wanted);
        for (int looks = 0; !seen && looks < 1_000; looks++) {
            LockSupport.parkNanos(100_000);
            seen = isIn(wanted);
        }
        return seen;
    }

    private boolean isIn(Moment wanted) throws IOException {
        try {
            return Moment.of(newest, setup, bytes) == wanted;
        } catch (NoSuchFileException | UncheckedIOException gone) {
            return false; // while it was looked at
        }
    }

    /** What it was doing when the service died. */
    Moment moment() throws IOException {
        return Moment.of(newest, setup, bytes);
    }

    /** How long a backup takes that nothing slows down. */
    Duration jobTime() {
        return jobTime;
    }

    @Override
    public void whileDead() throws Exception {
        boolean written = writer != null;
        if (written) {
            writer.stop();
            writer = null;
        }
        var users = Users.read(source);
        assertThat(users).matches(Users::whole, "the source is unharmed");
        changeTo(written ? "DELETE" : "WAL");
        addRows(users.rows()); // so that there is something to save, also while nobody writes
        rows = users.rows() + BATCH;
        if (!written) {
            writer = UsersWriterProcess.start(slowly());
        }
    }

    private void addRows(long first) throws SQLException {
        try (var application = Users.open(source, 0);
                var insert = Users.insert(application)) {
            application.setAutoCommit(false);
            for (long row = first; row < first + BATCH; row++) {
                Users.add(insert, row);
            }
            application.commit();
        }
    }

    private void changeTo(String journalMode) throws SQLException {
        try (var application = Users.open(source, 0);
                var statement = application.createStatement()) {
            statement.execute("PRAGMA journal_mode = " + journalMode);
        }
    }

    @Override
    public void requireKept(ServiceClient client) throws Exception {
        for (var entry : accepted.entrySet()) {
            requireGoodEnd(client.awaitEnd(entry.getKey()), entry.getValue());
        }
        accepted.clear();
        requireRestorable(client, client.snapshots("users"));
    }

    private void requireGoodEnd(JsonNode job, long committed) {
        reruns += job.get("attempt").asInt() > 1 ? 1 : 0;
        if (Promises.succeeded(job)) {
            made.put(job.get("result").get("snapshotId").asString(), committed);
        } else {
            givenUp++;
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

    /** Ends the other process, however the test went. */
    @Override
    public void close() {
        if (writer != null) {
            writer.close();
        }
    }

    @Override
    public String toString() {
        return "job time %d ms, %d jobs run again, %d given up after three deaths"
                .formatted(jobTime.toMillis(), reruns, givenUp);
    }
}
