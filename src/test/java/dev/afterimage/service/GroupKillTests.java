package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} while groups are backed up: a group is there as a whole, or not at all. */
class GroupKillTests {

    private static final int KILLS = 2;
    private static final List<String> DATABASES = List.of("first", "second", "third");

    @TempDir
    Path directory;

    @Test
    void killWhileGroupsAreBackedUpLeavesNoPartOfAGroup() throws Exception {
        System.out.println("GroupKillTests: -Dtorture.seed=" + Torture.SEED);
        var random = new Random(Torture.SEED);
        var setup = ServiceSetup.in(directory);
        var jobs = new ArrayList<String>();
        long jobNanos = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            try (var service = setup.start()) {
                if (kill == 0) {
                    register(service.client());
                    long before = System.nanoTime();
                    assertSucceeded(service.client(), submit(service.client()));
                    jobNanos = System.nanoTime() - before;
                }
                jobs.add(submit(service.client()));
                long delay = (long) (random.nextDouble() * 1.2 * jobNanos);
                CompletableFuture.runAsync(
                                service::kill, CompletableFuture.delayedExecutor(delay, TimeUnit.NANOSECONDS))
                        .join();
            }
        }
        try (var service = setup.start()) {
            for (var job : jobs) {
                assertThat(service.client().awaitEnd(job).get("state").asString())
                        .isIn("SUCCEEDED", "FAILED");
            }
            assertSucceeded(service.client(), submit(service.client()));
            assertOnlyWholeGroups(service.client(), setup);
        }
    }

    private void register(ServiceClient client) throws Exception {
        for (var name : DATABASES) {
            var file = directory.resolve(name + ".db");
            Users.create(file, name.equals("second") ? "DELETE" : "WAL", 2_000);
            client.register(name, file);
        }
    }

    private static String submit(ServiceClient client) throws Exception {
        return client.submit("backups", Map.of("databases", DATABASES, "verify", "QUICK"));
    }

    private static void assertSucceeded(ServiceClient client, String job) throws Exception {
        var ended = client.awaitEnd(job);
        assertThat(ended.get("state").asString()).as("%s", ended).isEqualTo("SUCCEEDED");
    }

    private void assertOnlyWholeGroups(ServiceClient client, ServiceSetup setup) throws Exception {
        var groups = new HashSet<String>();
        for (var database : DATABASES) {
            var snapshots = client.snapshots(database);
            assertThat(manifests(setup)).as("a manifest is a snapshot").hasSize(DATABASES.size() * snapshots.size());
            snapshots.forEach(snapshot -> groups.add(snapshot.get("groupId").asString()));
        }
        assertThat(groups).isNotEmpty();
        for (var group : groups) {
            assertThat(client.get("snapshots?group=" + group).body().get("items"))
                    .hasSize(DATABASES.size());
        }
    }

    private static List<Path> manifests(ServiceSetup setup) throws Exception {
        return Moment.under(setup.repository().resolve("manifests")).stream()
                .filter(Files::isRegularFile)
                .toList();
    }
}
