package dev.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import org.junit.jupiter.api.Test;

/** By plain HTTP; {@code TlsTests} has it ask a service by TLS, {@code ContainerTests} a container. */
class HealthCheckTests {

    @Test
    void isWellIsWhatTheHealthSays() throws Exception {
        var answer = new int[] {200};
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/actuator/health", exchange -> {
            exchange.sendResponseHeaders(answer[0], -1);
            exchange.close();
        });
        server.start();
        var address = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        try {
            assertThat(HealthCheck.isWell(address)).isTrue();
            answer[0] = 503;
            assertThat(HealthCheck.isWell(address)).isFalse();
        } finally {
            server.stop(0);
        }
        assertThatThrownBy(() -> HealthCheck.isWell(address)).isInstanceOf(ConnectException.class);
    }
}
