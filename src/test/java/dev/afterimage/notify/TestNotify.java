package dev.afterimage.notify;

import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.jobs.queue.TestJobs;
import java.time.Clock;
import java.time.Duration;

/** All that one running service has of this package, over a catalog; another one stands for the next start. */
public final class TestNotify implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    final TestJobs queue;
    final Webhooks webhooks;
    final Deliveries deliveries;
    final Notifications notifications;
    final HttpRequests http;
    final WebhookRequests requests;
    final DeliveryRound round;
    final ProtectionWatch watch;
    final Heartbeats heartbeats;
    final HeartbeatRound heartbeatRound;

    TestNotify(TestCatalog catalog, Clock clock, boolean allowLocal) {
        this(catalog, clock, settings(allowLocal, TIMEOUT));
    }

    /** @param timeout for a request with its answer */
    TestNotify(TestCatalog catalog, Clock clock, Duration timeout) {
        this(catalog, clock, settings(true, timeout));
    }

    private TestNotify(TestCatalog catalog, Clock clock, WebhookSettings settings) {
        var addresses = new TargetAddresses(settings);
        queue = new TestJobs(catalog, clock);
        webhooks = new Webhooks(catalog.catalog, addresses, clock);
        deliveries = new Deliveries(catalog.catalog, clock);
        heartbeats = new Heartbeats(catalog.catalog, addresses, clock);
        notifications = new Notifications(webhooks, deliveries, heartbeats, catalog.collapses, queue.feed);
        http = new HttpRequests(addresses, settings);
        heartbeatRound = new HeartbeatRound(heartbeats, http);
        requests = new WebhookRequests(deliveries, http, clock);
        round = new DeliveryRound(webhooks, deliveries, requests, clock);
        watch = new ProtectionWatch(
                catalog.catalog,
                catalog.databases,
                queue.protections,
                new ToldProtections(catalog.catalog),
                webhooks,
                notifications);
    }

    /** For tests of other packages. */
    public static Heartbeats heartbeats(TestCatalog catalog, Clock clock) {
        return new Heartbeats(catalog.catalog, new TargetAddresses(settings(true, TIMEOUT)), clock);
    }

    private static WebhookSettings settings(boolean allowLocal, Duration timeout) {
        return new WebhookSettings(allowLocal, timeout, Duration.ofDays(30), Duration.ofMinutes(1));
    }

    @Override
    public void close() {
        http.close();
    }
}
