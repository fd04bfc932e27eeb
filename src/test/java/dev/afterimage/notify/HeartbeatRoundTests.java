package dev.afterimage.notify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.GroupPlan;
import dev.afterimage.backup.Method;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Submission;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeartbeatRoundTests {

    private static final Duration DEADLINE = Duration.ofMinutes(1);

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
    }

    @AfterEach
    void close() {
        service.close();
        backups.close();
        receiver.close();
    }

    @Test
    void runAfterAGoodBackupSendsOneGet() {
        service.heartbeatRound.run();
        assertThat(receiver.received).isEmpty();
        service.queue.succeed(backup());
        service.heartbeatRound.run();
        service.heartbeatRound.run();
        assertThat(receiver.received).singleElement().satisfies(request -> {
            assertThat(request.method()).isEqualTo("GET");
            assertThat(request.path()).isEqualTo("/ping");
        });
        assertThat(heartbeat().deliveredAt()).isEqualTo(clock.instant());
        assertThat(heartbeat().nextAttemptAt()).isNull();
    }

    @Test
    void runAfterABackupThatFailedOrAnotherDatabaseSendsNothing() throws Exception {
        var other = backups.database("other", "CREATE TABLE t (v)");
        service.queue.fail(backup());
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.AUTO, Map.of(), 0);
        service.queue.succeed(begin(new JobSpec.Backup(other.id(), plan, VerifyLevel.NONE, DEADLINE)));
        service.heartbeatRound.run();
        assertThat(receiver.received).isEmpty();
    }

    @Test
    void runAfterAGoodGroupBackupSendsThatOfEachDatabase() throws Exception {
        var other = backups.database("other", "CREATE TABLE t (v)");
        service.heartbeats.put(other.id(), receiver.url("/other"));
        var members = List.of(
                new GroupPlan.Member(orders.id(), TimeOrderedId.next(clock)),
                new GroupPlan.Member(other.id(), TimeOrderedId.next(clock)));
        var plan = new GroupPlan(TimeOrderedId.next(clock), members, Map.of(), 0);
        service.queue.succeed(begin(new JobSpec.GroupBackup(plan, VerifyLevel.NONE, DEADLINE)));
        service.heartbeatRound.run();
        assertThat(receiver.received.stream().map(Receiver.Received::path))
                .containsExactlyInAnyOrder("/ping", "/other");
    }

    @Test
    void runAfterARestartSendsWhatIsDue() {
        service.queue.succeed(backup());
        service.close();
        backups.close();
        backups = new TestBackups(dir, clock);
        service = new TestNotify(backups.catalog, clock, true);
        service.heartbeatRound.run();
        assertThat(receiver.received).hasSize(1);
    }

    @Test
    void runWhenTheAnswerIsAnErrorTriesFourTimesUntilTheNextGoodBackup() {
        receiver.answers(500);
        service.queue.succeed(backup());
        for (int attempt = 1; attempt < 4; attempt++) {
            service.heartbeatRound.run();
            service.heartbeatRound.run(); // too early
            assertThat(receiver.received).hasSize(attempt);
            assertThat(heartbeat().error()).contains("500");
            clock.advance(Duration.between(clock.instant(), heartbeat().nextAttemptAt()));
        }
        service.heartbeatRound.run();
        assertThat(heartbeat().nextAttemptAt()).isNull();
        assertThat(heartbeat().deliveredAt()).isNull();

        receiver.answers(200);
        service.queue.succeed(backup());
        service.heartbeatRound.run();
        assertThat(receiver.received).hasSize(5);
        assertThat(heartbeat().deliveredAt()).isEqualTo(clock.instant());
    }

    @Test
    void runWhenAnotherBackupEndsWhileItIsSentSendsAgain() {
        receiver.answer = exchange -> {
            clock.advance(Duration.ofSeconds(1));
            service.queue.succeed(backup());
            receiver.answers(200);
            Receiver.answer(exchange, 200, "");
        };
        service.queue.succeed(backup());
        service.heartbeatRound.run();
        service.heartbeatRound.run();
        assertThat(receiver.received).hasSize(2);
    }

    private Job backup() {
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.AUTO, Map.of(), 0);
        return begin(new JobSpec.Backup(orders.id(), plan, VerifyLevel.NONE, DEADLINE));
    }

    private Job begin(JobSpec spec) {
        service.queue.jobs.submit(new Submission(spec, List.of(), Priority.NORMAL, null, null));
        return service.queue.begin();
    }

    private Heartbeat heartbeat() {
        return service.heartbeats.get(orders);
    }
}
