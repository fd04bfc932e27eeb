package dev.afterimage.jobs.queue;

import dev.afterimage.catalog.Catalog;
import java.time.Clock;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** How long jobs have been waiting and running: what grows when workers are too few, or one of them is stuck. */
@Component
public class JobAges {

    private final Catalog catalog;
    private final Clock clock;

    public JobAges(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /** How long the job has been waiting that is due for longest; zero when none is due. One that was postponed is not due. */
    public Duration oldestWaiting() {
        return since("SELECT min(run_at) FROM job WHERE state = 'QUEUED' AND run_at <= :now");
    }

    /** How long ago the longest running job first started; zero when none runs. */
    public Duration oldestRunning() {
        return since("SELECT min(started_at) FROM job WHERE state = 'RUNNING' AND started_at <= :now");
    }

    private Duration since(String sql) {
        long now = clock.millis();
        return catalog.query(sql)
                .param("now", now)
                .query((row, number) ->
                        row.getObject(1) == null ? Duration.ZERO : Duration.ofMillis(now - row.getLong(1)))
                .single();
    }
}
