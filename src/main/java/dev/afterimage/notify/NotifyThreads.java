package dev.afterimage.notify;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** The threads that send what is due each second, and look after databases that become stale. None waits for another. */
@Component
class NotifyThreads implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(NotifyThreads.class);

    /** Webhooks that are told at one time; more of them wait for their turns. */
    private static final int SENDERS = 8;

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration TO_FORGET = Duration.ofHours(1);
    private static final Duration TO_END = Duration.ofSeconds(5);

    private final DeliveryRound round;
    private final HeartbeatRound heartbeats;
    private final Deliveries deliveries;
    private final ProtectionWatch watch;
    private final WebhookSettings settings;
    private List<ExecutorService> threads = List.of();

    NotifyThreads(
            DeliveryRound round,
            HeartbeatRound heartbeats,
            Deliveries deliveries,
            ProtectionWatch watch,
            WebhookSettings settings) {
        this.round = round;
        this.heartbeats = heartbeats;
        this.deliveries = deliveries;
        this.watch = watch;
        this.settings = settings;
    }

    @Override
    public void start() {
        var senders = Executors.newFixedThreadPool(
                SENDERS, Thread.ofPlatform().name("webhook-sender-", 1).daemon().factory());
        var rounds = thread("webhook-rounds");
        var heart = thread("heartbeats");
        var watcher = thread("protection-watch");
        threads = List.of(rounds, heart, watcher, senders);
        every(rounds, PERIOD, () -> round.begin(senders));
        every(heart, PERIOD, heartbeats::run);
        every(watcher, TO_FORGET, () -> deliveries.forget(settings.keep()));
        every(watcher, settings.watch(), watch::look);
    }

    private static ScheduledExecutorService thread(String name) {
        return Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name(name).daemon().factory());
    }

    private static void every(ScheduledExecutorService thread, Duration period, Runnable work) {
        thread.scheduleWithFixedDelay(
                () -> {
                    try {
                        work.run();
                    } catch (Throwable e) { // a scheduled task that throws is never run again
                        log.error("Webhooks could not be dealt with, it is tried again", e);
                    }
                },
                period.toMillis(),
                period.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** An attempt that is cut off is made again by the next start. */
    @Override
    public void stop() {
        threads.forEach(ExecutorService::shutdownNow);
        try {
            for (var thread : threads) {
                if (!thread.awaitTermination(TO_END.toMillis(), TimeUnit.MILLISECONDS)) {
                    log.warn("Webhooks are still being told at the end of the service");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        threads = List.of();
        round.forgetTurns();
    }

    @Override
    public boolean isRunning() {
        return !threads.isEmpty();
    }
}
