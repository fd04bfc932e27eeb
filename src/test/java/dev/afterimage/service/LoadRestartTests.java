package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM while several clients submit: what was answered with 202 is a promise. */
class LoadRestartTests {

    private static final List<String> DATABASES = List.of("first", "second", "third");
    private static final int CLIENTS = 4;
    private static final int ACCEPTED_BEFORE_THE_STOP = 12;

    @TempDir
    Path directory;

    /** Ids of jobs as the 202s told them. */
    private final Queue<String> accepted = new ConcurrentLinkedQueue<>();

    private final CountDownLatch underWay = new CountDownLatch(ACCEPTED_BEFORE_THE_STOP);

    @Test
    void stopWhileClientsSubmitLosesNoAcceptedJob() throws Exception {
        // Nobody is refused because the stop takes long.
        var setup = ServiceSetup.in(directory).with("--afterimage.jobs.queued-per-caller=10000");
        try (var service = setup.start()) {
            registerDatabases(service.client());
            stopWhileClientsSubmit(service);
        }
        try (var service = setup.start()) {
            var client = service.client();
            assertThat(accepted).hasSizeGreaterThanOrEqualTo(ACCEPTED_BEFORE_THE_STOP);
            for (var id : accepted) {
                client.job(id); // there, whatever became of it
                client.snapshotOf(client.awaitEnd(id));
            }
        }
    }

    private void registerDatabases(ServiceClient client) throws Exception {
        for (var name : DATABASES) {
            var source = directory.resolve(name + ".db");
            Users.create(source, "WAL", 10);
            client.register(name, source);
        }
    }

    private void stopWhileClientsSubmit(ServiceProcess service) throws Exception {
        var client = service.client();
        try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
            var clients = List.of(
                    threads.submit(() -> submitUntilItIsGone(client, "first")),
                    threads.submit(() -> submitUntilItIsGone(client, "second")),
                    threads.submit(() -> submitUntilItIsGone(client, "third")),
                    threads.submit(() -> submitUntilItIsGone(client, "first")));
            underWay.await();
            assertThat(service.stop()).as(service.output()).isEqualTo(143); // 128 + SIGTERM
            for (Future<?> each : clients) {
                each.get();
            }
        }
    }

    private void submitUntilItIsGone(ServiceClient client, String database) {
        try {
            while (true) {
                var answer = client.send("POST", "databases/" + database + "/backups", Map.of("verify", "NONE"));
                if (answer.status() == 503) {
                    return; // it is being stopped
                }
                assertThat(answer.status()).as("%s", answer).isEqualTo(202);
                accepted.add(answer.body().get("id").asString());
                underWay.countDown();
            }
        } catch (IOException gone) {
            // as it is to be: the service has stopped
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
