package dev.afterimage.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;

@ExtendWith(OutputCaptureExtension.class)
class PlainHttpWarningTests {

    private static final String WARNING = "listens beyond this machine without TLS";

    @ParameterizedTest
    @CsvSource({
        "server.address=0.0.0.0, true",
        "server.address=192.0.2.1, true",
        "server.port=8080, true",
        "server.address=127.0.0.1, false",
        "server.address=::1, false",
        "server.forward-headers-strategy=none, true",
        "server.forward-headers-strategy=native, false",
        "server.forward-headers-strategy=framework, false",
        "server.ssl.bundle=web, false",
    })
    void startWhenOthersCanReadAlongWarns(String property, boolean warns, CapturedOutput output) {
        new ApplicationContextRunner()
                .withUserConfiguration(Server.class)
                .withBean(PlainHttpWarning.class)
                .withPropertyValues(property)
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output.getAll().contains(WARNING)).isEqualTo(warns);
    }

    @EnableConfigurationProperties(ServerProperties.class)
    static class Server {}
}
