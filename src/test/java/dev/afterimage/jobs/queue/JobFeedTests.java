package dev.afterimage.jobs.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.afterimage.sqlite.check.CheckLevel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class JobFeedTests {

    private final JobFeed feed = new JobFeed();
    private final Job job = job(UUID.randomUUID());

    @Test
    void publishWhenAListenerFailsStillReachesTheOthers() {
        var heard = new ArrayList<UUID>();
        feed.onChange(_ -> {
            throw new IllegalStateException("as in the test");
        });
        feed.onChange(heard::add);
        feed.publish(job);
        assertThat(heard).containsExactly(job.id());
    }

    @Test
    void publishOfAJobThatRunsIsNoEndAndFreesNothing() {
        feed.onEnd(_ -> fail("it runs"));
        feed.onClaimable(() -> fail("it runs"));
        var heard = new ArrayList<UUID>();
        feed.onChange(heard::add);
        feed.publish(job);
        assertThat(heard).containsExactly(job.id());
    }

    private static Job job(UUID id) {
        var now = Instant.EPOCH;
        var spec = new JobSpec.Check(UUID.randomUUID(), CheckLevel.QUICK, null, Duration.ZERO);
        return new Job(
                id,
                spec,
                java.util.List.of("orders"),
                "node",
                JobState.RUNNING,
                null,
                Priority.NORMAL,
                now,
                now,
                now,
                null,
                1,
                false,
                null,
                null,
                null);
    }
}
