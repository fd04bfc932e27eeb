package dev.afterimage.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.lifecycle.ShutdownSettings;
import dev.afterimage.lifecycle.StopTime;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

class RequestsEndTests {

    @Import({RequestsEnd.class, StopTime.class})
    static class Server {

        @Bean
        ShutdownSettings settings() {
            return new ShutdownSettings(Duration.ZERO);
        }

        @Bean
        TomcatServletWebServerFactory factory() {
            return new TomcatServletWebServerFactory(0);
        }
    }

    @Test
    void stopWhenTheServiceMayStartAgainBreaksNothingOffLater() throws Exception {
        long before = timers(); // of services of other tests
        try (var context = new AnnotationConfigServletWebServerApplicationContext(Server.class)) {
            context.stop();
            assertThat(timers()).isEqualTo(before);
            context.start();
            try (var client = new Socket()) {
                client.connect(
                        new InetSocketAddress(
                                "127.0.0.1", context.getWebServer().getPort()),
                        60_000);
                assertThat(client.isConnected()).isTrue();
            }
        }
        assertThat(timers()).isEqualTo(before + 1);
    }

    private static long timers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("requests-end") && thread.isAlive())
                .count();
    }
}
