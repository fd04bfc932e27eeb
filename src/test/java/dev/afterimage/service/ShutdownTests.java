package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM in the middle of a job, and two services where only one may be. */
class ShutdownTests {

    private static final int ROWS = 5_000;
    private static final int BYTES_PER_SECOND = 1 << 20; // so that a backup takes a second or two

    @TempDir
    Path directory;

    @Test
    void stopWhileAJobRunsLetsItFinishWithinTheGraceElseHandsItBack() throws Exception {
        var setup = ServiceSetup.in(directory);
        Users.create(directory.resolve("users.db"), "WAL", ROWS);
        String finished;
        try (var service = setup.with("--afterimage.shutdown.grace=5m").start()) {
            service.client().register("users", directory.resolve("users.db"));
            finished = stopInTheMiddleOfAJob(service);
        }
        String handedBack;
        try (var service = setup.with("--afterimage.shutdown.grace=0s").start()) {
            var found = service.client().job(finished);
            assertThat(found.get("state").asString()).as("%s", found).isEqualTo("SUCCEEDED");
            assertThat(found.get("attempt").asInt()).isEqualTo(1);

            requireNoSecondOneToStart(setup);
            handedBack = stopInTheMiddleOfAJob(service);
        }
        try (var service = setup.start()) {
            var client = service.client();
            client.snapshotOf(client.awaitEnd(handedBack));
            assertThat(client.job(handedBack).get("attempt").asInt()).isEqualTo(1);
            assertThat(service.output()).doesNotContain("was interrupted"); // it was handed back, not found orphaned
            assertThat(Moment.under(setup.staging())).isEmpty();
        }
    }

    @Test
    void startWhenThePortIsInUseEndsAndSaysHowToGiveItAnother() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var service = ServiceSetup.in(directory)
                        .with("--server.port=" + taken.getLocalPort())
                        .launch()) {
            assertThat(service.awaitExit()).isNotZero();
            assertThat(service.output())
                    .contains("Afterimage does not start: port " + taken.getLocalPort() + " is in use", "SERVER_PORT")
                    .doesNotContain("\tat ");
        }
    }

    /** Tells it to stop while a backup runs; it ends well. Returns the job's id. */
    private static String stopInTheMiddleOfAJob(ServiceProcess service) throws Exception {
        var client = service.client();
        var id = client.submitBackup("users", Map.of("maxBytesPerSecond", BYTES_PER_SECOND));
        while (!client.job(id).get("state").asString().equals("RUNNING")) {
            assertThat(client.job(id).get("state").asString()).isIn("QUEUED", "RUNNING");
        }
        assertThat(service.stop()).as(service.output()).isEqualTo(143); // 128 + SIGTERM
        return id;
    }

    /** The one that has the home goes on. */
    private static void requireNoSecondOneToStart(ServiceSetup setup) throws Exception {
        try (var second = setup.launch()) {
            assertThat(second.awaitExit()).isNotZero();
            assertThat(second.output())
                    .contains("Afterimage does not start: Another Afterimage runs with afterimage.home=" + setup.home())
                    .as("no stack trace")
                    .doesNotContain("\tat ");
        }
    }
}
