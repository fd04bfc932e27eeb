package dev.afterimage.jobs.metrics;

import dev.afterimage.jobs.queue.Outcome;
import dev.afterimage.jobs.queue.RunningJob;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;

/** A span for each run of a job, and within it one for each of its phases. While tracing is off they cost nothing. */
@Component
public class JobSpans {

    private final Tracer tracer;

    public JobSpans(Tracer tracer) {
        this.tracer = tracer;
    }

    public Outcome around(RunningJob run, Supplier<Outcome> work) {
        var job = run.job();
        var span = tracer.spanBuilder()
                .setNoParent()
                .name("job " + job.kind())
                .tag("job", job.id().toString())
                .tag("kind", job.kind().name())
                .tag("database", String.join(",", job.databases()))
                .tag("attempt", job.attempt())
                .start();
        var phases = new Phases(span);
        run.onPhase(phases::begin);
        try (var _ = tracer.withSpan(span)) {
            var outcome = work.get();
            tag(span, outcome);
            return outcome;
        } finally {
            phases.end();
            span.end();
        }
    }

    private static void tag(Span span, Outcome outcome) {
        switch (outcome) {
            case Outcome.Succeeded _ -> span.tag("outcome", "SUCCEEDED");
            case Outcome.Failed failed ->
                span.tag("outcome", "FAILED")
                        .tag("problem", failed.problem().code().name());
            case Outcome.Cancelled _ -> span.tag("outcome", "CANCELLED");
            case Outcome.Postponed postponed ->
                span.tag("outcome", "POSTPONED")
                        .tag("problem", postponed.obstacle().code().name());
            case Outcome.HandedBack _ -> span.tag("outcome", "HANDED_BACK");
        }
    }

    /** One after the other: a phase ends where the next begins. */
    private final class Phases {
        private final Span job;
        private final AtomicReference<Span> current = new AtomicReference<>(Span.NOOP);

        Phases(Span job) {
            this.job = job;
        }

        void begin(String name) {
            var next = tracer.spanBuilder()
                    .setParent(job.context())
                    .name("phase " + name)
                    .start();
            current.getAndSet(next).end();
        }

        void end() {
            current.getAndSet(Span.NOOP).end();
        }
    }
}
