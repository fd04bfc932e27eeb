package dev.afterimage.discovery;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** The thread that scans, at the start and then again and again. */
@Component
class Discoverer implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Discoverer.class);
    private static final Duration TO_END = Duration.ofSeconds(5);

    /** After a scan that no other follows, for databases that had just changed then. */
    private static final Duration AGAIN = SeenFile.MAY_PASS.plusSeconds(1);

    private final Discovery discovery;
    private final Duration interval;
    private @Nullable ScheduledExecutorService thread;

    Discoverer(Discovery discovery, DiscoverySettings settings) {
        this.discovery = discovery;
        this.interval = settings.interval();
    }

    @Override
    public void start() {
        var scans = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("discovery").daemon().factory());
        thread = scans;
        if (interval.isZero()) {
            scans.execute(() -> {
                scan();
                scans.schedule(this::scan, AGAIN.toMillis(), TimeUnit.MILLISECONDS);
            });
        } else {
            scans.scheduleWithFixedDelay(this::scan, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void scan() {
        try {
            var scan = discovery.scan();
            if (scan.registered() > 0) {
                log.info("{} databases were discovered and registered", scan.registered());
            }
        } catch (RuntimeException e) { // a scheduled task that throws is never run again
            log.error("Watched directories could not be scanned, the next scan tries it again", e);
        }
    }

    /** A scan that goes on longer ends with the process. */
    @Override
    public void stop() {
        var scans = Objects.requireNonNull(thread);
        scans.shutdown();
        try {
            if (!scans.awaitTermination(TO_END.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("A scan of watched directories is cut off; the next start makes it again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread = null;
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }
}
