package dev.afterimage.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.tracing.Tracer;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;

class NoTracingTests extends ApiTest {

    @Autowired
    private Tracer tracer;

    @Autowired
    private ObjectProvider<OpenTelemetry> openTelemetry;

    @Autowired
    private ObjectProvider<SpanExporter> exporters;

    @Test
    void nothingIsTracedOrSentUnlessAskedFor() {
        assertThat(tracer).isSameAs(Tracer.NOOP);
        assertThat(openTelemetry.stream()).isEmpty();
        assertThat(exporters.stream()).isEmpty();
    }
}
