package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} while work of all kinds is in flight, at one moment after the other, then at random ones for as long as
 * {@code -Dtorture.minutes} tells. {@code -Dtorture.seed} repeats a run, as far as the machine's speed is the same.
 */
class KillTests {

    /** In this order what dies in the middle of a deletion is interrupted once more. */
    private static final List<Kill> KILLS = List.of(
            Kill.RESTORING_TO_CHECK,
            Kill.CAPTURING_AND_DELETING_MANIFESTS,
            Kill.WHILE_ALL_IS_DONE_AGAIN,
            Kill.SAVING,
            Kill.DELETING_LAYERS);

    /** A kill may come too late for its moment. */
    private static final int MOST_TRIES = 10;

    @TempDir
    Path directory;

    private final Random random = new Random(Torture.SEED);
    private final Map<Kill, Integer> kills = new EnumMap<>(Kill.class);

    /** How many jobs the service had when it was killed, by kind. */
    private final Map<String, Integer> killed = new TreeMap<>();

    private ServiceSetup setup;
    private BackupPromises backups;
    private PrunePromises prunes;

    /** In the order in which their work is begun. The prune's own is begun last, and takes the shortest time. */
    private List<Promises> all;

    @BeforeEach
    void makeDatabases() throws Exception {
        System.out.println("KillTests: -Dtorture.seed=" + Torture.SEED);
        setup = ServiceSetup.in(directory.toRealPath())
                .with("--afterimage.jobs.workers=8", "--afterimage.storage.delete-grace=0s");
        var held = new HeldPromises(setup);
        setup = held.configured(setup);
        backups = new BackupPromises(setup, random);
        prunes = new PrunePromises(setup);
        all = List.of(
                held,
                prunes,
                new ImportPromises(setup),
                new SchedulePromises(setup),
                new GroupPromises(setup),
                new RestorePromises(setup),
                backups);
    }

    @AfterEach
    void endTheWriter() {
        backups.close();
    }

    @Test
    void killWhileAllKindsOfWorkAreInFlightBreaksNoPromise() throws Exception {
        var end = Instant.now().plus(Torture.TIME);
        for (var each : KILLS) {
            int tries = 0;
            while (!succeeds(each)) {
                assertThat(++tries).as("kills too late for %s", each).isLessThan(MOST_TRIES);
            }
        }
        while (Instant.now().isBefore(end)) {
            succeeds(random.nextBoolean() ? Kill.ANY : Kill.WHILE_ALL_IS_DONE_AGAIN);
        }
        try (var service = setup.start()) {
            requireAllKept(service.client());
        }
        System.out.printf("KillTests: %s, kills %s, while there were jobs: %s%n", backups, kills, killed);
        assertThat(killed).containsKeys("BACKUP", "GROUP_BACKUP", "IMPORT", "RESTORE", "PRUNE");
    }

    /** One life of the service, from the start that finds what the last one left. Whether it was killed when it was to be. */
    private boolean succeeds(Kill wanted) throws Exception {
        try (var service = setup.start()) {
            var client = service.client();
            if (wanted != Kill.WHILE_ALL_IS_DONE_AGAIN) {
                if (kills.isEmpty()) {
                    prepare(client);
                } else {
                    requireAllKept(client);
                }
                for (var each : all) {
                    each.begin(client, wanted);
                }
            }
            await(wanted, client);
            service.kill();
        }
        kills.merge(wanted, 1, Integer::sum);
        noteKilledJobs();
        var moment = backups.moment();
        for (var each : all) {
            each.whileDead();
        }
        return wanted.moment().orElse(moment) == moment;
    }

    private void prepare(ServiceClient client) throws Exception {
        for (var each : all) {
            each.prepare(client);
        }
    }

    private void await(Kill wanted, ServiceClient client) throws Exception {
        switch (wanted) {
            case RESTORING_TO_CHECK, SAVING -> backups.await(wanted, client);
            case CAPTURING_AND_DELETING_MANIFESTS -> {
                backups.await(wanted, client);
                prunes.prune(client);
                prunes.awaitFirstGone("manifests");
            }
            case DELETING_LAYERS -> {
                prunes.prune(client);
                prunes.awaitFirstGone("layers");
            }
            case ANY -> {
                prunes.prune(client);
                LockSupport.parkNanos(aWhile());
            }
            case WHILE_ALL_IS_DONE_AGAIN -> LockSupport.parkNanos(aWhile());
        }
    }

    private long aWhile() {
        return (long) (random.nextDouble() * 2 * backups.jobTime().toNanos());
    }

    private void requireAllKept(ServiceClient client) throws Exception {
        for (var each : all) {
            each.requireKept(client);
        }
        for (var state : List.of("QUEUED", "RUNNING")) {
            assertThat(client.get("jobs?state=" + state).body().get("items")).isEmpty();
        }
        assertThat(Moment.under(setup.staging())).isEmpty();
        assertThat(Moment.under(setup.repository().resolve("tmp"))).isEmpty();
    }

    private void noteKilledJobs() throws Exception {
        try (var catalog = setup.copyOfCatalog();
                var statement = catalog.createStatement();
                var kinds = statement.executeQuery(
                        "SELECT kind, count(*) FROM job WHERE state IN ('QUEUED', 'RUNNING') GROUP BY kind")) {
            while (kinds.next()) {
                killed.merge(kinds.getString(1), kinds.getInt(2), Integer::sum);
            }
        }
    }
}
