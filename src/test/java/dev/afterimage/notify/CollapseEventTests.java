package dev.afterimage.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.Method;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Submission;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CollapseEventTests {

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private Receiver receiver;
    private TestBackups backups;
    private TestNotify service;
    private Database orders;

    @BeforeEach
    void open() throws Exception {
        receiver = new Receiver();
        backups = new TestBackups(dir, clock);
        service = new TestNotify(backups.catalog, clock, true);
        orders = backups.database("orders", "CREATE TABLE t (v)");
        service.heartbeats.put(orders.id(), receiver.url("/ping"));
        service.webhooks.add(
                URI.create("http://192.0.2.1/"),
                List.of(EventType.DATABASE_COLLAPSED),
                null,
                "a secret of the test",
                false);
    }

    @AfterEach
    void close() {
        service.close();
        backups.close();
        receiver.close();
    }

    @Test
    void jobEndsWhenADatabaseHasCollapsedTellsItOnceAndItsHeartbeatIsSilentUntilThatIsAcknowledged() throws Exception {
        backUp();
        service.heartbeatRound.run();
        assertThat(told()).isZero();
        assertThat(receiver.received).hasSize(1);

        TestBackups.execute(orders.path(), "DROP TABLE t");
        backUp();
        backUp();
        service.heartbeatRound.run();
        assertThat(told()).isEqualTo(1);
        assertThat(receiver.received).hasSize(1);

        var collapse = backups.catalog.collapses.open(orders.id()).getFirst();
        backups.catalog.collapses.acknowledge(orders, collapse.snapshotId());
        backUp();
        service.heartbeatRound.run();
        assertThat(told()).isEqualTo(1);
        assertThat(receiver.received).hasSize(2);
    }

    private void backUp() {
        clock.advance(Duration.ofHours(1));
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.AUTO, Map.of(), 0);
        var spec = new JobSpec.Backup(orders.id(), plan, VerifyLevel.NONE, Duration.ofMinutes(1));
        service.queue.jobs.submit(new Submission(spec, List.of("orders"), Priority.NORMAL, null, null));
        var running = service.queue.begin();
        backups.run(orders);
        service.queue.succeed(running);
    }

    private int told() {
        return backups.catalog
                .catalog
                .query("SELECT count(*) FROM delivery WHERE event = 'database.collapsed'")
                .query(Integer.class)
                .single();
    }
}
