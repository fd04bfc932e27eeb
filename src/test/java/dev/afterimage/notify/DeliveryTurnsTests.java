package dev.afterimage.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of several webhooks none waits for another. */
class DeliveryTurnsTests {

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private Receiver receiver;
    private TestCatalog catalog;
    private TestNotify service;

    @BeforeEach
    void open() throws Exception {
        receiver = new Receiver();
        catalog = new TestCatalog(dir.resolve("home"), dir, clock);
        service = new TestNotify(catalog, clock, true);
    }

    @AfterEach
    void close() {
        service.close();
        catalog.close();
        receiver.close();
    }

    @Test
    void beginWhenATargetIsSlowServesOthersMeanwhile() throws Exception {
        webhook("/slow");
        webhook("/quick");
        var over = new CountDownLatch(1);
        receiver.answer = exchange -> {
            if (exchange.getRequestURI().getPath().equals("/slow")) {
                awaitOrEnd(over);
            }
            Receiver.answer(exchange, 200, "");
        };
        try (var threads = Executors.newFixedThreadPool(2)) {
            service.notifications.write(Event.test());
            service.round.begin(threads);
            await().until(() -> paths("/slow") == 1 && paths("/quick") == 1);
            service.notifications.write(Event.test());
            await().until(() -> {
                service.round.begin(threads);
                return paths("/quick") == 2;
            });
            assertThat(paths("/slow")).isEqualTo(1);
            over.countDown();
        }
    }

    /** Not one of the others waits for a timeout of its own. */
    @Test
    void beginWhenThereIsNoAnswerPutsOffAllThatIsDueOfTheWebhook() {
        webhook("/hook");
        receiver.answer = HttpExchange::close;
        service.notifications.write(Event.test());
        service.round.begin(Runnable::run);
        assertThat(only().attempts()).isEqualTo(1);
        clock.advance(Duration.ofMinutes(1));
        for (int i = 0; i < 150; i++) {
            service.notifications.write(Event.test());
        }
        int before = receiver.received.size();

        service.round.begin(Runnable::run);
        service.round.begin(Runnable::run);

        assertThat(receiver.received).hasSize(before + 1);
        var page = service.deliveries.list(service.webhooks.list().getFirst().id(), null, 200);
        assertThat(page.items()).hasSize(151).allSatisfy(delivery -> {
            assertThat(delivery.state()).isEqualTo(Delivery.State.PENDING);
            assertThat(delivery.error()).contains("could not be reached");
            assertThat(delivery.nextAttemptAt()).isAfter(clock.instant());
        });
        assertThat(page.items().getFirst().attempts()).isEqualTo(1);
        assertThat(page.items().getLast().attempts()).isEqualTo(2);

        receiver.answers(200);
        clock.advance(Duration.ofMinutes(2));
        service.round.begin(Runnable::run);
        service.round.begin(Runnable::run);
        assertThat(service.deliveries.dueWebhooks()).isEmpty();
        assertThat(receiver.received).hasSize(before + 152);
    }

    @Test
    void beginWhenThereNeverIsAnAnswerGivesUp() {
        webhook("/hook");
        receiver.answer = HttpExchange::close;
        service.notifications.write(Event.test());
        for (int attempt = 1; attempt <= 10; attempt++) {
            service.round.begin(Runnable::run);
            assertThat(only().attempts()).isEqualTo(attempt);
            assertThat(service.webhooks.failing()).isEqualTo(1);
            clock.advance(Duration.ofHours(8));
        }
        assertThat(only().state()).isEqualTo(Delivery.State.FAILED);
        assertThat(only().nextAttemptAt()).isNull();
        assertThat(service.webhooks.failing()).isEqualTo(1);
    }

    @Test
    void failingCountsThoseThatAreNotPausedUntilSomethingGetsThrough() {
        webhook("/hook");
        receiver.answers(500);
        service.notifications.write(Event.test());
        assertThat(service.webhooks.failing()).as("not tried yet").isZero();
        service.round.begin(Runnable::run);
        assertThat(service.webhooks.failing()).isEqualTo(1);

        var id = service.webhooks.list().getFirst().id();
        service.webhooks.change(id, null, null, null, true);
        assertThat(service.webhooks.failing()).isZero();

        service.webhooks.change(id, null, null, null, false);
        receiver.answers(200);
        clock.advance(Duration.ofMinutes(2));
        service.round.begin(Runnable::run);
        assertThat(service.webhooks.failing()).isZero();
    }

    @Test
    void beginTellsWhatWasWrittenWhileTheClockWasAhead() {
        webhook("/hook");
        clock.advance(Duration.ofDays(365));
        service.notifications.write(Event.test());
        clock.advance(Duration.ofDays(-365));
        service.round.begin(Runnable::run);
        assertThat(only().state()).isEqualTo(Delivery.State.DELIVERED);
    }

    private long paths(String path) {
        return receiver.received.stream()
                .filter(request -> request.path().equals(path))
                .count();
    }

    private void webhook(String path) {
        service.webhooks.add(receiver.url(path), null, null, "a secret of the test", false);
    }

    private Delivery only() {
        var webhook = service.webhooks.list().getFirst();
        List<Delivery> deliveries =
                service.deliveries.list(webhook.id(), null, 100).items();
        assertThat(deliveries).hasSize(1);
        return deliveries.getFirst();
    }

    private static void awaitOrEnd(CountDownLatch over) {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
