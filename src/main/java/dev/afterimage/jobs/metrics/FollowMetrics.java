package dev.afterimage.jobs.metrics;

import dev.afterimage.follow.FollowStanding;
import dev.afterimage.follow.FollowState;
import dev.afterimage.follow.Followers;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.springframework.stereotype.Component;

/** Tells Prometheus how far the followed databases of this node are followed. */
@Component
class FollowMetrics extends PeriodicWork {

    private static final double MILLIS = 1000;

    private final Followers followers;
    private final MetricsSettings settings;
    private final DatabaseGauge following;
    private final DatabaseGauge lag;
    private final DatabaseGauge waiting;

    FollowMetrics(Followers followers, MetricsSettings settings, MeterRegistry registry) {
        super("follow-metrics");
        this.followers = followers;
        this.settings = settings;
        this.following = new DatabaseGauge(MultiGauge.builder("afterimage.follow.following")
                .description("1 when every commit of the database is taken, else 0")
                .register(registry));
        this.lag = new DatabaseGauge(MultiGauge.builder("afterimage.follow.lag")
                .description("How long ago the oldest commit was taken that the repository has not got, 0 for none")
                .baseUnit("seconds")
                .register(registry));
        this.waiting = new DatabaseGauge(MultiGauge.builder("afterimage.follow.waiting")
                .description("What waits on this machine for the repository")
                .baseUnit("bytes")
                .register(registry));
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(settings.refresh(), Duration.ZERO, this::refresh);
    }

    private void refresh() {
        var standings = followers.standings();
        tell(following, standings, standing -> standing.state() == FollowState.FOLLOWING ? 1 : 0);
        tell(lag, standings, standing -> standing.lag().toMillis() / MILLIS);
        tell(waiting, standings, FollowStanding::lagBytes);
    }

    private static void tell(
            DatabaseGauge gauge, Map<String, FollowStanding> standings, ToDoubleFunction<FollowStanding> number) {
        var numbers = new HashMap<String, Double>();
        standings.forEach((name, standing) -> numbers.put(name, number.applyAsDouble(standing)));
        gauge.tell(numbers);
    }
}
