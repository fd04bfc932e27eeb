package dev.afterimage.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.TestClock;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.Method;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.check.DrillChoice;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Submission;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.check.CheckLevel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class DeliveryRoundTests {

    private static final String SECRET = "a secret of the test";

    private final TestClock clock = new TestClock(); // 2026-03-01T12:00:00Z, 1772366400

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
    }

    @AfterEach
    void close() {
        service.close();
        backups.close();
        receiver.close();
    }

    @Test
    void beginWhenABackupHasEndedTellsIt() throws Exception {
        webhook("/hook", null, null);
        var job = begin(orders);
        service.queue.succeed(job);
        service.round.begin(Runnable::run);
        service.round.begin(Runnable::run);

        assertThat(receiver.received).singleElement().satisfies(request -> {
            assertThat(request.method()).isEqualTo("POST");
            assertThat(request.path()).isEqualTo("/hook");
            assertThat(request.header("Content-type")).isEqualTo("application/json");
            assertThat(request.header("Afterimage-event")).isEqualTo("backup.succeeded");
            assertThat(request.header("Afterimage-signature"))
                    .isEqualTo("t=1772366400,v1=" + hmac("1772366400." + request.body()));
            var body = new JsonMapper().readTree(request.body());
            assertThat(body.get("event").asString()).isEqualTo("backup.succeeded");
            assertThat(body.get("id").asString()).isEqualTo(request.header("Afterimage-delivery"));
            assertThat(body.get("createdAt").asString()).isEqualTo("2026-03-01T12:00:00Z");
            assertThat(body.get("databases").get(0).asString()).isEqualTo("orders");
            assertThat(body.get("job").get("id").asString()).isEqualTo(job.id().toString());
            assertThat(body.get("job").get("state").asString()).isEqualTo("SUCCEEDED");
            assertThat(body.get("protection").isNull()).isTrue();
        });
        assertThat(only().state()).isEqualTo(Delivery.State.DELIVERED);
        assertThat(only().status()).isEqualTo(200);
        assertThat(only().attempts()).isEqualTo(1);
        assertThat(only().nextAttemptAt()).isNull();
    }

    private static String hmac(String text) throws Exception {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** The expected value is from {@code printf '1700000000.{}' | openssl dgst -sha256 -hmac 'a secret of the test'}. */
    @Test
    void signatureIsThatOfOpenssl() {
        assertThat(Signature.of("{}", SECRET, Instant.ofEpochSecond(1_700_000_000)))
                .isEqualTo("t=1700000000,v1=77015228df40a44ad02ef65e70e770c10f1bf3a669df86866f995388ea6846a8");
    }

    @Test
    void beginWhenAJobFailedTellsItsProblem() {
        webhook("/hook", null, null);
        service.queue.fail(begin(orders));
        service.round.begin(Runnable::run);

        var request = receiver.received.getFirst();
        assertThat(request.header("Afterimage-event")).isEqualTo("backup.failed");
        var problem = new JsonMapper().readTree(request.body()).get("job").get("problem");
        assertThat(problem.get("code").asString()).isEqualTo("STORAGE_FULL");
    }

    @Test
    void beginAfterARestartTellsWhatWasWrittenBefore() {
        webhook("/hook", null, null);
        service.queue.succeed(begin(orders));
        service.close();
        backups.close();
        assertThat(receiver.received).isEmpty();

        backups = new TestBackups(dir, clock);
        service = new TestNotify(backups.catalog, clock, true);
        service.round.begin(Runnable::run);
        assertThat(receiver.received).hasSize(1);
        service.round.begin(Runnable::run);
        assertThat(receiver.received).hasSize(1);
    }

    @Test
    void aJobDoesNotEndWhenWhatIsToBeToldCannotBeWritten() {
        webhook("/hook", null, null);
        service.queue.feed.joinEnds(ended -> {
            throw new IllegalStateException("the disk is full");
        });
        var job = begin(orders);
        assertThatThrownBy(() -> service.queue.succeed(job)).hasMessage("the disk is full");
        assertThat(service.queue.jobs.get(job.id()).state()).isEqualTo(JobState.RUNNING);
        assertThat(deliveries()).isEmpty();
    }

    @Test
    void beginWhenTheAnswerIsAnErrorTriesAgainLaterAndGivesUpAfterTenTimes() {
        webhook("/hook", null, null);
        receiver.answers(500);
        service.queue.succeed(begin(orders));
        for (int attempt = 1; attempt < 10; attempt++) {
            service.round.begin(Runnable::run);
            service.round.begin(Runnable::run); // too early
            assertThat(receiver.received).hasSize(attempt);
            assertThat(only().state()).isEqualTo(Delivery.State.PENDING);
            assertThat(only().status()).isEqualTo(500);
            assertThat(only().error()).contains("500");
            clock.advance(Duration.between(clock.instant(), only().nextAttemptAt()));
        }
        service.round.begin(Runnable::run);
        assertThat(only().state()).isEqualTo(Delivery.State.FAILED);
        assertThat(only().finishedAt()).isEqualTo(clock.instant());
        clock.advance(Duration.ofDays(2));
        service.round.begin(Runnable::run);
        assertThat(receiver.received).hasSize(10);
        assertThat(receiver.received.stream().map(Receiver.Received::body).distinct())
                .hasSize(1);
    }

    @Test
    void beginWhenTheTargetIsBackDelivers() {
        webhook("/hook", null, null);
        receiver.answers(503);
        service.queue.succeed(begin(orders));
        service.round.begin(Runnable::run);
        receiver.answer = exchange -> exchange.sendResponseHeaders(204, -1);
        clock.advance(Duration.ofMinutes(1));
        service.round.begin(Runnable::run);
        assertThat(only().state()).isEqualTo(Delivery.State.DELIVERED);
        assertThat(only().attempts()).isEqualTo(2);
        assertThat(only().error()).isNull();
    }

    @Test
    void beginWhenOneTargetFailsDoesNotAskItAgainInTheSameRoundAndServesOthers() {
        webhook("/dead", null, null);
        webhook("/alive", null, null);
        receiver.answer = exchange ->
                Receiver.answer(exchange, exchange.getRequestURI().getPath().equals("/dead") ? 500 : 200, "");
        service.queue.succeed(begin(orders));
        service.queue.fail(begin(orders));
        service.round.begin(Runnable::run);
        assertThat(receiver.received.stream().map(Receiver.Received::path))
                .containsExactlyInAnyOrder("/dead", "/alive", "/alive");
    }

    @Test
    void eventsThatAWebhookDoesNotWantAreNotWritten() throws Exception {
        var other = backups.database("other", "CREATE TABLE t (v)");
        webhook("/failures", List.of(EventType.BACKUP_FAILED), null);
        webhook("/other", null, List.of("other"));
        service.queue.succeed(begin(orders));
        service.queue.succeed(begin(other));
        service.queue.fail(begin(orders));
        service.round.begin(Runnable::run);
        assertThat(receiver.received.stream().map(request -> request.path() + " " + request.header("Afterimage-event")))
                .containsExactlyInAnyOrder("/other backup.succeeded", "/failures backup.failed");
    }

    /** STORAGE_FULL says nothing of what is stored. */
    @Test
    void checksAndDrillsAreToldWhenTheyFoundDamageNotWhenTheyCouldNotBeMade() {
        webhook("/hook", null, null);
        var check = new JobSpec.Check(TimeOrderedId.next(clock), CheckLevel.FULL, null, Duration.ofMinutes(1));
        var drill = new JobSpec.Drill(
                orders.id(), DrillChoice.LATEST, null, CheckLevel.FULL, null, List.of(), Duration.ofMinutes(1));
        for (var spec : List.of(check, drill)) {
            for (var code : List.of(ProblemCode.STORAGE_FULL, ProblemCode.CHECK_FAILED)) {
                service.queue.jobs.submit(new Submission(spec, List.of("orders"), Priority.NORMAL, null, null));
                service.queue.fail(service.queue.begin(), code);
            }
        }
        assertThat(deliveries()).extracting(Delivery::event).containsExactlyInAnyOrder("check.failed", "drill.failed");
    }

    /** They are written in the transaction that ends the job: it must end all the same. */
    @Test
    void webhookThatCannotBeReadIsNotTold() {
        webhook("/hook", null, null);
        webhook("/other", null, null);
        backups.catalog
                .catalog
                .update(
                        "UPDATE webhook SET events = '[\"cloned\"]', url = 'no url' WHERE id = (SELECT min(id) FROM webhook)")
                .update();
        service.queue.succeed(begin(orders));
        assertThat(service.queue.jobs.lastBackup("orders").orElseThrow().state())
                .isEqualTo(JobState.SUCCEEDED);
        assertThat(deliveries()).extracting(Delivery::event).containsExactly("backup.succeeded");
    }

    @Test
    void aCancelledJobIsNotTold() {
        webhook("/hook", null, null);
        service.queue.jobs.cancel(submit(orders).id());
        assertThat(deliveries()).isEmpty();
    }

    @Test
    void aPausedWebhookIsToldNothingAndWhatWasPendingWaits() {
        var webhook = webhook("/hook", null, null);
        service.queue.succeed(begin(orders));
        service.webhooks.change(webhook.id(), null, null, null, true);
        service.queue.fail(begin(orders));
        service.round.begin(Runnable::run);
        assertThat(receiver.received).isEmpty();
        service.webhooks.change(webhook.id(), null, null, null, false);
        service.round.begin(Runnable::run);
        assertThat(receiver.received)
                .singleElement()
                .satisfies(request ->
                        assertThat(request.header("Afterimage-event")).isEqualTo("backup.succeeded"));
    }

    @Test
    void aRedirectIsNotFollowed() {
        var webhook = webhook("/hook", null, null);
        receiver.answer = exchange -> {
            exchange.getResponseHeaders()
                    .add("Location", receiver.url("/elsewhere").toString());
            Receiver.answer(exchange, 307, "");
        };
        var reply = service.requests.test(webhook);
        assertThat(reply.delivered()).isFalse();
        assertThat(reply.status()).isEqualTo(307);
        assertThat(receiver.received).hasSize(1);
    }

    @Test
    void anAnswerWithoutEndIsCut() {
        var webhook = webhook("/hook", null, null);
        receiver.answer = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            while (true) {
                exchange.getResponseBody().write(new byte[] {'x', 'x', 'x'}); // until the connection is closed
            }
        };
        var reply = service.requests.test(webhook);
        assertThat(reply.delivered()).as(String.valueOf(reply)).isTrue();
        assertThat(reply.body()).isEqualTo("x".repeat(HttpRequests.MOST_READ));
    }

    @Test
    void aTargetThatDoesNotEndItsAnswerIsGivenUpInTime() {
        var webhook = webhook("/hook", null, null);
        var over = new CountDownLatch(1);
        receiver.answer = exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write('x');
            exchange.getResponseBody().flush();
            awaitOrEnd(over);
        };
        try (var impatient = new TestNotify(backups.catalog, clock, Duration.ofMillis(1500))) {
            var reply = impatient.requests.test(webhook);
            over.countDown();
            assertThat(reply.delivered()).isFalse();
            assertThat(reply.error()).contains("1500 ms");
            assertThat(reply.took()).isLessThan(Duration.ofMinutes(1));
        }
    }

    private static void awaitOrEnd(CountDownLatch over) {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void theAddressIsCheckedAgainWhenItIsSentTo() {
        webhook("/hook", null, null);
        service.queue.succeed(begin(orders));
        service.close();
        service = new TestNotify(backups.catalog, clock, false);
        service.round.begin(Runnable::run);
        assertThat(receiver.received).isEmpty();
        assertThat(only().error()).contains("127.0.0.1 is an address of this machine");
        assertThatThrownBy(() -> webhook("/hook", null, null)).isInstanceOf(TargetRefusedException.class);
        var id = service.webhooks.list().getFirst().id();
        assertThatThrownBy(() -> service.webhooks.change(id, receiver.url("/"), null, null, null))
                .isInstanceOf(TargetRefusedException.class);
    }

    @Test
    void forgetDeletesWhatEndedLongAgoAndKeepsWhatIsPending() {
        webhook("/hook", null, null);
        service.queue.succeed(begin(orders));
        service.round.begin(Runnable::run);
        receiver.answers(500);
        service.queue.fail(begin(orders));
        service.round.begin(Runnable::run);
        clock.advance(Duration.ofDays(31));
        service.deliveries.forget(Duration.ofDays(30));
        assertThat(only().state()).isEqualTo(Delivery.State.PENDING);
    }

    private Webhook webhook(String path, List<EventType> events, List<String> databases) {
        return service.webhooks.add(receiver.url(path), events, databases, SECRET, false);
    }

    private Job begin(Database database) {
        submit(database);
        return service.queue.begin();
    }

    private Job submit(Database database) {
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.AUTO, Map.of(), 0);
        var spec = new JobSpec.Backup(database.id(), plan, VerifyLevel.NONE, Duration.ofMinutes(1));
        return service.queue.jobs.submit(new Submission(spec, List.of(database.name()), Priority.NORMAL, null, null));
    }

    private Delivery only() {
        assertThat(deliveries()).hasSize(1);
        return deliveries().getFirst();
    }

    private List<Delivery> deliveries() {
        var webhook = service.webhooks.list().getFirst();
        return service.deliveries.list(webhook.id(), null, 100).items();
    }
}
