package dev.afterimage.discovery;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import dev.afterimage.lifecycle.StopTime;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** The thread that scans, at the start and then again and again. */
@Component
class Discoverer extends PeriodicWork {

    private static final Logger log = LoggerFactory.getLogger(Discoverer.class);
    private static final Duration TO_END = Duration.ofSeconds(1);

    /** After a scan that no other follows, for databases that had just changed then. */
    private static final Duration AGAIN = SeenFile.MAY_PASS.plusSeconds(1);

    private final Discovery discovery;
    private final Duration interval;
    private final StopTime stopTime;

    Discoverer(Discovery discovery, DiscoverySettings settings, StopTime stopTime) {
        super("discovery");
        this.discovery = discovery;
        this.interval = settings.interval();
        this.stopTime = stopTime;
    }

    @Override
    protected void begin(PeriodicThread scans) {
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
    protected void end(PeriodicThread scans) {
        if (!scans.end(stopTime.atMost(TO_END))) {
            log.warn("A scan of watched directories is cut off; the next start makes it again");
        }
    }
}
