package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.Afterimage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start uses the beans that the build has found out, and only where they are the right ones. */
class StartTests {

    private static final String PREPARED = "AOT-processed";

    @TempDir
    Path directory;

    @BeforeEach
    void requireThatTheBuildHasFoundThemOut() {
        assumeThat(Afterimage.class.getResource("Afterimage__ApplicationContextInitializer.class"))
                .as("Only Maven's build finds them out")
                .isNotNull();
    }

    @Test
    void startWhenNoSettingDecidesUsesWhatTheBuildFoundOut() throws Exception {
        try (var service = ServiceSetup.in(directory)
                .with("--server.address=127.0.0.1", "--logging.level.root=INFO")
                .start()) {
            assertThat(service.output()).contains(PREPARED);
        }
    }

    @Test
    void startWhenASettingDecidesFindsItOutAnewAndDoesWhatItSays() throws Exception {
        try (var service = ServiceSetup.in(directory)
                .with("--management.endpoints.web.exposure.include=health,beans")
                .start()) {
            assertThat(service.output()).doesNotContain(PREPARED);
            assertThat(service.client().get("/actuator/beans").status()).isEqualTo(200);
        }
    }

    @Test
    void startWhenAConfigurationFileDecidesFindsItOutAnew() throws Exception {
        var file = Files.writeString(
                directory.resolve("afterimage.yml"), "management.endpoint.health.show-details: never\n");
        try (var service = ServiceSetup.in(directory)
                .with("--spring.config.additional-location=" + file)
                .start()) {
            assertThat(service.output()).doesNotContain(PREPARED);
        }
    }
}
