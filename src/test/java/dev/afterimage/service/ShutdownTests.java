package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM in the middle of a job, and two services where only one may be. */
class ShutdownTests {

    private static final int ROWS = 60_000;

    @TempDir
    Path directory;

    @Test
    void stopWhileAJobRunsLetsItFinishWithinTheGrace() throws Exception {
        var setup = ServiceSetup.in(directory);
        var job = stoppedInTheMiddle(setup.with("--afterimage.jobs.shutdown-grace=5m"));
        try (var service = setup.start()) {
            var found = service.client().job(job);
            assertThat(found.get("state").asString()).as("%s", found).isEqualTo("SUCCEEDED");
            assertThat(found.get("attempt").asInt()).isEqualTo(1);
        }
    }

    @Test
    void stopWhileAJobRunsLongerThanTheGraceHandsItBack() throws Exception {
        var setup = ServiceSetup.in(directory);
        var job = stoppedInTheMiddle(setup.with("--afterimage.jobs.shutdown-grace=0s"));
        try (var service = setup.start()) {
            var client = service.client();
            client.snapshotOf(client.awaitEnd(job));
            assertThat(client.job(job).get("attempt").asInt()).isEqualTo(1);
            assertThat(service.output()).doesNotContain("was interrupted"); // it was handed back, not found orphaned
            assertThat(Moment.under(setup.staging())).isEmpty();
        }
    }

    /** A service that is told to stop while a backup runs, and has ended well. Returns the job's id. */
    private String stoppedInTheMiddle(ServiceSetup setup) throws Exception {
        var source = directory.resolve("users.db");
        Users.create(source, "WAL", ROWS);
        try (var service = setup.start()) {
            var client = service.client();
            client.register("users", source);
            var id = client.submitBackup("users", Map.of());
            while (!client.job(id).get("state").asString().equals("RUNNING")) {
                assertThat(client.job(id).get("state").asString()).isIn("QUEUED", "RUNNING");
            }
            assertThat(service.stop()).as(service.output()).isEqualTo(143); // 128 + SIGTERM
            return id;
        }
    }

    @Test
    void startWhenAnotherServiceHasTheHomeIsRefusedAndTheOtherGoesOn() throws Exception {
        var setup = ServiceSetup.in(directory);
        try (var first = setup.start();
                var second = setup.launch()) {
            assertThat(second.awaitExit()).isNotZero();
            assertThat(second.output()).contains("Another Afterimage runs with afterimage.home=" + setup.home());

            var source = directory.resolve("users.db");
            Users.create(source, "WAL", 10);
            var client = first.client();
            client.register("users", source);
            client.snapshotOf(client.backup("users"));
        }
    }
}
