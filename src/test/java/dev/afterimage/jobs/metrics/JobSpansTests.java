package dev.afterimage.jobs.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Outcome;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.recovery.RebuildOrder;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JobSpansTests {

    private static final UUID ID = UUID.randomUUID();

    private final List<SpanData> exported = new ArrayList<>();
    private SdkTracerProvider provider;
    private JobSpans spans;

    /** Where the spans of a real exporter would leave the process. */
    private final class ToList implements SpanExporter {
        @Override
        public CompletableResultCode export(Collection<SpanData> ended) {
            exported.addAll(ended);
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    @BeforeEach
    void openTracer() {
        provider = SdkTracerProvider.builder()
                .addSpanProcessor(SimpleSpanProcessor.create(new ToList()))
                .build();
        spans = new JobSpans(new OtelTracer(provider.get("test"), new OtelCurrentTraceContext(), event -> {}));
    }

    @AfterEach
    void closeTracer() {
        provider.close();
    }

    @Test
    void aRunHasASpanAndEachPhaseOneWithinIt() {
        var run = run();

        var outcome = spans.around(run, () -> {
            run.phase("CAPTURING", 4096);
            run.phase("CHECKING", 4096);
            return new Outcome.Succeeded(Map.of());
        });

        assertThat(outcome).isEqualTo(new Outcome.Succeeded(Map.of()));
        assertThat(exported)
                .extracting(SpanData::getName)
                .containsExactly("phase CAPTURING", "phase CHECKING", "job REBUILD");
        var job = exported.getLast();
        assertThat(exported.subList(0, 2))
                .allSatisfy(phase -> assertThat(phase.getParentSpanId()).isEqualTo(job.getSpanId()));
        assertThat(exported.get(0).getEndEpochNanos())
                .isLessThanOrEqualTo(exported.get(1).getEndEpochNanos());
        assertThat(tag(job, "job")).isEqualTo(ID.toString());
        assertThat(tag(job, "database")).isEqualTo("orders");
        assertThat(tag(job, "outcome")).isEqualTo("SUCCEEDED");
    }

    @Test
    void aRunThatFailsTellsTheCode() {
        var run = run();

        spans.around(run, () -> {
            run.phase("CAPTURING", 4096);
            return new Outcome.Failed(Problem.of(ProblemCode.STORAGE_FULL, "by the test"));
        });

        assertThat(tag(exported.getLast(), "outcome")).isEqualTo("FAILED");
        assertThat(tag(exported.getLast(), "problem")).isEqualTo("STORAGE_FULL");
    }

    @Test
    void spansEndAlsoWhenTheWorkThrows() {
        var run = run();

        assertThatThrownBy(() -> spans.around(run, () -> {
                    run.phase("CAPTURING", 4096);
                    throw new IllegalStateException("by the test");
                }))
                .hasMessage("by the test");

        assertThat(exported).extracting(SpanData::getName).containsExactly("phase CAPTURING", "job REBUILD");
    }

    private static String tag(SpanData span, String name) {
        return span.getAttributes().get(AttributeKey.stringKey(name));
    }

    private static RunningJob run() {
        var job = new Job(
                ID,
                new JobSpec.Rebuild(RebuildOrder.WITHOUT_TOKENS, Duration.ofMinutes(1)),
                List.of("orders"),
                "node",
                JobState.RUNNING,
                null,
                Priority.NORMAL,
                Instant.EPOCH,
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                1,
                false,
                null,
                null,
                null);
        return new RunningJob(job, Path.of("staging"));
    }
}
