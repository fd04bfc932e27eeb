package dev.afterimage.api.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.http.ProblemJson;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter.DataWithMediaType;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** What a client that follows a job is sent, which is what the stream was told and nothing else. */
class JobEventStreamTests {

    private final SlowClient client = new SlowClient();
    private final JobEventStream stream = new JobEventStream(client);

    @Test
    void runWhenClientIsSlowSkipsProgress() throws Exception {
        var queued = ToldJob.queued().job();
        var copied20 = ToldJob.running().phase("CAPTURING").pages(20).job();
        var ended = ToldJob.in(JobState.SUCCEEDED).job();
        stream.show(queued);
        var running = Thread.ofVirtual().start(stream::run);
        client.awaitEvent();
        stream.show(ToldJob.running().phase("CAPTURING").pages(10).job());
        stream.show(copied20);
        assertThat(client.take()).isEqualTo(JobJson.of(queued));
        assertThat(client.take()).isEqualTo(JobJson.of(copied20));
        stream.show(ended);
        assertThat(client.take()).isEqualTo(JobJson.of(ended));
        assertThat(running.join(Duration.ofMinutes(3))).isTrue();
    }

    @Test
    void jobThatFailedHasItsProblemAsItIs() {
        var problem = new Problem(ProblemCode.INTERNAL_ERROR, "The detail", "The hint", false, Map.of("more", 1));
        var job = ToldJob.in(JobState.FAILED).problem(problem).job();
        assertThat(JobJson.of(job).problem()).isEqualTo(ProblemJson.of(problem, JobJson.path(job.id())));
        assertThat(JobJson.of(job).problem())
                .extracting("detail", "hint", "retryable", "properties")
                .containsExactly("The detail", "The hint", false, Map.of("more", 1));
    }

    /** Takes an event only when it is asked to. */
    private static final class SlowClient extends SseEmitter {

        private final CountDownLatch offered = new CountDownLatch(1);
        private final SynchronousQueue<JobJson> events = new SynchronousQueue<>();

        @Override
        public void send(SseEventBuilder event) {
            event.build().stream()
                    .map(DataWithMediaType::getData)
                    .filter(JobJson.class::isInstance)
                    .forEach(job -> hand((JobJson) job));
        }

        private void hand(JobJson job) {
            offered.countDown();
            try {
                events.put(job);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        void awaitEvent() throws InterruptedException {
            assertThat(offered.await(3, TimeUnit.MINUTES)).isTrue();
        }

        JobJson take() throws InterruptedException {
            return Objects.requireNonNull(events.poll(3, TimeUnit.MINUTES));
        }
    }
}
