package dev.afterimage.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** With tracing, spans arrive at a collector. */
@ActiveProfiles("tracing")
@DirtiesContext
class TracingTests extends ApiTest {

    private static final List<String> RECEIVED = new CopyOnWriteArrayList<>();
    private static final HttpServer COLLECTOR = collector();

    @DynamicPropertySource
    static void tracing(DynamicPropertyRegistry properties) {
        properties.add("api.home", () -> HOME.resolveSibling("traced-home").toString());
        properties.add(
                "afterimage.tracing.endpoint",
                () -> "http://127.0.0.1:" + COLLECTOR.getAddress().getPort() + "/v1/traces");
        properties.add("management.opentelemetry.tracing.export.schedule-delay", () -> "50ms");
    }

    private static HttpServer collector() {
        try {
            var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.createContext("/v1/traces", exchange -> {
                try (exchange) {
                    // Protobuf has strings as they are.
                    RECEIVED.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
                    exchange.sendResponseHeaders(200, -1);
                }
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    static void stopCollector() {
        COLLECTOR.stop(0);
    }

    @Test
    void spansOfRequestsJobsAndPhasesArriveWhenTracingIsOn() throws Exception {
        snapshotOfNewDatabase();
        await().untilAsserted(() -> assertThat(RECEIVED.toString())
                .contains("job BACKUP", "phase CAPTURING", name)
                .contains("http post /api/v1/databases/{name}/backups")
                .contains("afterimage"));
    }
}
