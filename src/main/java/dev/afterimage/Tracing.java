package dev.afterimage;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.OpenTelemetryTracingAutoConfiguration;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.otlp.OtlpTracingAutoConfiguration;
import org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/**
 * OpenTelemetry, only when {@code afterimage.tracing.enabled} asks for it: else there is no SDK, no exporter and no thread of
 * either, and spans are made by a tracer that does nothing.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("afterimage.tracing.enabled")
@ImportAutoConfiguration({
    OpenTelemetrySdkAutoConfiguration.class,
    OpenTelemetryTracingAutoConfiguration.class,
    OtlpTracingAutoConfiguration.class
})
class Tracing {}
