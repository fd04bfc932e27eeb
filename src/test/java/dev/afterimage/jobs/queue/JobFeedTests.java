package dev.afterimage.jobs.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.sqlite.check.CheckLevel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class JobFeedTests {

    private final JobFeed feed = new JobFeed();
    private final Job job = job(UUID.randomUUID());

    @Test
    void publishReachesThoseWhoSubscribedToTheJobUntilTheyLeave() {
        var heard = new ArrayList<Job>();
        var subscription = feed.subscribe(job.id(), heard::add);
        feed.publish(job);
        feed.publish(job(UUID.randomUUID()));
        subscription.close();
        feed.publish(job);
        assertThat(heard).containsExactly(job);
    }

    @Test
    void publishWhenAListenerFailsStillReachesTheOthers() {
        var heard = new ArrayList<Job>();
        feed.subscribe(changed -> {
            throw new IllegalStateException("as in the test");
        });
        feed.subscribe(job.id(), heard::add);
        feed.publish(job);
        assertThat(heard).containsExactly(job);
    }

    @Test
    void subscribeWhenAnotherLeavesAtTheSameTimeIsNotLost() throws InterruptedException {
        var done = new AtomicBoolean();
        var others = Thread.ofPlatform().start(() -> {
            while (!done.get()) {
                feed.subscribe(job.id(), changed -> {}).close();
            }
        });
        try {
            for (int i = 0; i < 200_000; i++) {
                var heard = new AtomicBoolean();
                try (var subscription = feed.subscribe(job.id(), changed -> heard.set(true))) {
                    feed.publish(job);
                    assertThat(heard).as("subscription " + i).isTrue();
                }
            }
        } finally {
            done.set(true);
            others.join();
        }
    }

    private static Job job(UUID id) {
        var now = Instant.EPOCH;
        var spec = new JobSpec.Check(UUID.randomUUID(), CheckLevel.QUICK, Duration.ZERO);
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
