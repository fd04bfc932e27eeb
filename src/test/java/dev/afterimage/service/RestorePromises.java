package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Restores replace databases when the service dies: each is whole all the time, each job comes to its end, and the state before
 * can be brought back.
 */
final class RestorePromises implements Promises {

    private static final int ROWS_RESTORED = 2_000;
    private static final int ROWS_BEFORE = 3_000;

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

    private final Path directory;
    private final Map<Replaced, String> snapshots = new EnumMap<>(Replaced.class);
    private final Map<Replaced, String> jobs = new EnumMap<>(Replaced.class);

    RestorePromises(ServiceSetup setup) throws Exception {
        this.directory = Files.createDirectory(setup.root().resolve("restored"));
    }

    /** Takes the snapshots, and goes on to the states before the restores. */
    @Override
    public void prepare(ServiceClient client) throws Exception {
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

    @Override
    public void begin(ServiceClient client, Kill wanted) throws Exception {
        for (var each : Replaced.values()) {
            jobs.put(each, client.submit("restores", restore(snapshots.get(each), each, true)));
        }
    }

    private static Map<String, ?> restore(String snapshot, Replaced each, boolean safetySnapshot) {
        return Map.of(
                "snapshot",
                snapshot,
                "target",
                Map.of("database", each.database(), "mode", each.mode),
                "safetySnapshot",
                safetySnapshot,
                "verify",
                "NONE");
    }

    @Override
    public void whileDead() throws SQLException {
        for (var each : Replaced.values()) {
            requireOneOfTheStates(each);
        }
    }

    /** A file that was being replaced may be away until the service is back, but never another in its place. */
    private void requireOneOfTheStates(Replaced each) throws SQLException {
        if (each != Replaced.FILE || Files.exists(live(each))) {
            var users = Users.read(live(each));
            assertThat(users).matches(Users::whole, "the old state or the new one");
            assertThat(users.rows()).isIn((long) ROWS_RESTORED, (long) ROWS_BEFORE);
        }
    }

    @Override
    public void requireKept(ServiceClient client) throws Exception {
        for (var each : Replaced.values()) {
            var job = client.awaitEnd(jobs.get(each));
            if (Promises.succeeded(job)) {
                requireGoodEnd(client, job, each);
            } else {
                requireGivenUpWell(each);
            }
        }
        try (var files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as("nothing temporary is left")
                    .noneMatch(name -> name.contains(".afterimage-"));
        }
    }

    private void requireGivenUpWell(Replaced each) throws SQLException {
        assertThat(live(each)).exists();
        requireOneOfTheStates(each);
        if (Users.read(live(each)).rows() == ROWS_RESTORED) {
            addRows(live(each));
        }
    }

    private void requireGoodEnd(ServiceClient client, JsonNode job, Replaced each) throws Exception {
        assertThat(Users.read(live(each)).rows()).isEqualTo(ROWS_RESTORED);
        var safety = job.get("result").get("safetySnapshot").asString();
        var undo = client.awaitEnd(client.submit("restores", restore(safety, each, false)));
        assertThat(Promises.succeeded(undo)).as("%s", undo).isTrue();
        var users = Users.read(live(each));
        assertThat(users).as("%s", job).matches(Users::whole, "the state before");
        assertThat(users.rows()).as("%s", job).isEqualTo(ROWS_BEFORE);
    }
}
