package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.HealthCheck;
import dev.afterimage.SecondJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wherever the service has its settings from, the health check finds it. */
class AddressFileTests {

    @TempDir
    Path directory;

    private record Checked(int exitCode, String output) {}

    private static Checked check(Path home) throws Exception {
        var command = Stream.concat(
                Stream.of("env", "--unset=SERVER_PORT", "AFTERIMAGE_HOME=" + home),
                SecondJvm.command(16, HealthCheck.class).stream());
        return run(command.toList());
    }

    private static Checked run(List<String> command) throws Exception {
        try (var program = RunningProgram.start(command)) {
            return new Checked(program.awaitExit(), program.output());
        }
    }

    @Test
    void healthCheckFindsTheServiceByItsHomeWhateverItsSettingsSay() throws Exception {
        var file = Files.writeString(directory.resolve("afterimage.properties"), """
                        server.address=127.0.0.2
                        server.servlet.context-path=/backups
                        """);
        var setup = ServiceSetup.in(directory).with("--spring.config.additional-location=file:" + file);
        var address = setup.home().resolve("address");
        try (var service = setup.start()) {
            await().until(() -> Files.exists(address)); // it is ready only after it has said so
            int port = service.address().getPort();

            assertThat(address).hasContent("http://127.0.0.2:%d/backups/".formatted(port));
            assertThat(check(setup.home())).isEqualTo(new Checked(0, ""));
        }
        var killed = check(setup.home());
        assertThat(killed.exitCode()).isEqualTo(1);
        assertThat(killed.output()).contains(Files.readString(address).strip(), "ConnectException");
        try (var service = setup.start()) {
            await().until(() ->
                    Files.readString(address).contains(":" + service.address().getPort()));
            assertThat(service.stop()).isEqualTo(143);
        }
        assertThat(address).doesNotExist();
    }

    @Test
    void healthCheckWhenTheHomeHasNoAddressSaysWhichPortItAsked() throws Exception {
        var command = Stream.concat(
                        Stream.of("env", "SERVER_PORT=1"), SecondJvm.command(16, HealthCheck.class).stream())
                .toList();

        var checked = run(Stream.concat(command.stream(), Stream.of("--home", directory.toString()))
                .toList());

        assertThat(checked.exitCode()).isEqualTo(1);
        assertThat(checked.output())
                .contains(
                        "http://127.0.0.1:1/",
                        "the port is that of SERVER_PORT",
                        directory + "/address cannot be read");
        assertThat(run(Stream.concat(command.stream(), Stream.of("8081")).toList()))
                .isEqualTo(new Checked(2, "Usage: afterimage healthcheck [--home DIRECTORY]"));
    }
}
