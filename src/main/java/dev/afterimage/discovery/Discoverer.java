package dev.afterimage.discovery;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.StopTime;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** The thread that scans, at the start and then again and again. */
@Component
class Discoverer implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Discoverer.class);
    private static final Duration TO_END = Duration.ofSeconds(1);

    /** After a scan that no other follows, for databases that had just changed then. */
    private static final Duration AGAIN = SeenFile.MAY_PASS.plusSeconds(1);

    private final Discovery discovery;
    private final Duration interval;
    private final StopTime stopTime;
    private @Nullable PeriodicThread thread;

    Discoverer(Discovery discovery, DiscoverySettings settings, StopTime stopTime) {
        this.discovery = discovery;
        this.interval = settings.interval();
        this.stopTime = stopTime;
    }

    @Override
    public void start() {
        var scans = new PeriodicThread("discovery");
        thread = scans;
        if (interval.isZero()) {
            scans.once(Duration.ZERO, () -> scanTwice(scans));
        } else {
            scans.every(interval, Duration.ZERO, this::scan);
        }
    }

    private void scanTwice(PeriodicThread scans) {
        try {
            scan();
        } finally {
            scans.once(AGAIN, this::scan);
        }
    }

    private void scan() {
        var scan = discovery.scan();
        if (scan.registered() > 0) {
            log.info("{} databases were discovered and registered", scan.registered());
        }
    }

    /** A scan that goes on longer ends with the process. */
    @Override
    public void stop() {
        if (!Objects.requireNonNull(thread).end(stopTime.atMost(TO_END))) {
            log.warn("A scan of watched directories is cut off; the next start makes it again");
        }
        thread = null;
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }
}
