package dev.afterimage.lifecycle;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * The time that a stop may take. It is one for all that stop one after the other, so that what they take does not add up: systemd and Docker
 * kill who takes longer than they allow.
 */
@Component
public class StopTime {

    /** Beyond the grace, for all to notice the end. */
    static final Duration TO_END = Duration.ofSeconds(3);

    private final Duration grace;
    private volatile @Nullable Long begun;

    public StopTime(ShutdownSettings settings) {
        this.grace = settings.grace();
    }

    /** Spring tells before it stops the first. */
    @EventListener(ContextClosedEvent.class)
    void begin() {
        begun = System.nanoTime();
    }

    /** Whether the service stops for good. A context that is only stopped may be started again. */
    public boolean hasBegun() {
        return begun != null;
    }

    /** What is left for jobs that run. */
    public Duration ofGrace() {
        return leftOf(grace);
    }

    /** What is left until the process should have ended. */
    public Duration inAll() {
        return leftOf(grace.plus(TO_END));
    }

    /** As much as somebody wants, where that is left. */
    public Duration atMost(Duration wanted) {
        var left = inAll();
        return left.compareTo(wanted) < 0 ? left : wanted;
    }

    /** All of it before a stop has begun. */
    private Duration leftOf(Duration time) {
        var since = begun;
        var left = since == null ? time : time.minusNanos(System.nanoTime() - since);
        return left.isNegative() ? Duration.ZERO : left;
    }
}
