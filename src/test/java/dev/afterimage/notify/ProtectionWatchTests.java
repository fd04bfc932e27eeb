package dev.afterimage.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class ProtectionWatchTests {

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private TestNotify service;
    private Database orders;

    @BeforeEach
    void open() throws Exception {
        backups = new TestBackups(dir, clock);
        service = new TestNotify(backups.catalog, clock, true);
        orders = backups.database("orders", "CREATE TABLE t (v)");
        service.webhooks.add(URI.create("http://192.0.2.1/"), null, null, "a secret of the test", false);
    }

    @AfterEach
    void close() {
        service.close();
        backups.close();
    }

    @Test
    void lookWhenADatabaseBecomesStaleAndRecoversTellsEachOnce() throws Exception {
        service.watch.look();
        backups.run(orders);
        service.watch.look();
        assertThat(told()).as("of a database that was never protected").isEmpty();

        clock.advance(Duration.ofDays(3));
        service.watch.look();
        service.watch.look();
        assertThat(told()).containsExactly("database.stale STALE");

        backups.run(orders);
        service.watch.look();
        service.watch.look();
        assertThat(told()).containsExactly("database.recovered PROTECTED", "database.stale STALE");
    }

    @Test
    void lookAfterARestartDoesNotTellAgain() throws Exception {
        backups.run(orders);
        service.watch.look();
        clock.advance(Duration.ofDays(3));
        service.watch.look();

        service.close();
        backups.close();
        backups = new TestBackups(dir, clock);
        service = new TestNotify(backups.catalog, clock, true);
        service.watch.look();
        assertThat(told()).containsExactly("database.stale STALE");
    }

    private List<String> told() {
        var webhook = service.webhooks.list().getFirst();
        return service.deliveries.list(webhook.id(), null, 100).items().stream()
                .map(delivery -> delivery.event() + " "
                        + new JsonMapper()
                                .readTree(delivery.body())
                                .get("protection")
                                .asString())
                .toList();
    }
}
