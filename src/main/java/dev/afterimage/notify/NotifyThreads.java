package dev.afterimage.notify;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.StopTime;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
    private static final Duration TO_FORGET_FIRST = Duration.ofMinutes(1);
    private static final Duration TO_END = Duration.ofSeconds(1);

    private final DeliveryRound round;
    private final HeartbeatRound heartbeats;
    private final Deliveries deliveries;
    private final ProtectionWatch watch;
    private final WebhookSettings settings;
    private final StopTime stopTime;
    private List<PeriodicThread> threads = List.of();
    private @Nullable ExecutorService senders;

    NotifyThreads(
            DeliveryRound round,
            HeartbeatRound heartbeats,
            Deliveries deliveries,
            ProtectionWatch watch,
            WebhookSettings settings,
            StopTime stopTime) {
        this.round = round;
        this.heartbeats = heartbeats;
        this.deliveries = deliveries;
        this.watch = watch;
        this.settings = settings;
        this.stopTime = stopTime;
    }

    @Override
    public void start() {
        var tellers = Executors.newFixedThreadPool(
                SENDERS, Thread.ofPlatform().name("webhook-sender-", 1).daemon().factory());
        var rounds = new PeriodicThread("webhook-rounds");
        var heart = new PeriodicThread("heartbeats");
        var watcher = new PeriodicThread("protection-watch");
        rounds.every(PERIOD, () -> round.begin(tellers));
        heart.every(PERIOD, heartbeats::run);
        watcher.every(TO_FORGET, TO_FORGET_FIRST, () -> deliveries.forget(settings.keep()));
        watcher.every(settings.watch(), watch::look);
        senders = tellers;
        threads = List.of(rounds, heart, watcher);
    }

    /** An attempt that is cut off is made again by the next start. */
    @Override
    public void stop() {
        var tellers = Objects.requireNonNull(senders);
        threads.forEach(PeriodicThread::interrupt);
        tellers.shutdownNow();
        if (!threads.stream().allMatch(thread -> thread.end(stopTime.atMost(TO_END))) || !hasEnded(tellers)) {
            log.warn("Webhooks are still being told at the end of the service");
        }
        threads = List.of();
        round.forgetTurns();
    }

    private boolean hasEnded(ExecutorService tellers) {
        try {
            return tellers.awaitTermination(stopTime.atMost(TO_END).toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public boolean isRunning() {
        return !threads.isEmpty();
    }
}
