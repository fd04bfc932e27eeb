package dev.afterimage.lifecycle;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The systemd unit, the packages' settings and the image say what systemd and the service understand. */
class OperatorFilesTests {

    private static final Path UNIT = Path.of("ops/systemd/afterimage.service");
    private static final Path SETTINGS = Path.of("packaging/root/etc/afterimage/afterimage.properties");
    private static final Pattern SETTING = Pattern.compile("(AFTERIMAGE_[A-Z_0-9]+|afterimage\\.[a-z0-9.-]+)=(\\S+)");

    @Configuration(proxyBeanMethods = false)
    @ConfigurationPropertiesScan("dev.afterimage")
    @Import(UnknownSettings.class)
    static class AllSettings {}

    /** Of the packages, and with what the jar by itself puts in its place. */
    @Test
    void systemdFindsNothingWrongInTheUnit(@TempDir Path dir) throws Exception {
        assumeThat(Path.of("/usr/bin/systemd-analyze")).as("systemd").isExecutable();
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var here = Files.writeString(
                dir.resolve(UNIT.getFileName()),
                Files.readString(UNIT).replace("/usr/lib/afterimage/runtime/bin/java", java));
        assertThat(systemdSaysOf(here)).as("what it ignores, it only tells").isEmpty();

        Files.writeString(
                here, Files.readString(Path.of("ops/systemd/jar.conf")).replace("/usr/bin/java", java), APPEND);
        assertThat(systemdSaysOf(here)).isEmpty();
    }

    private static String systemdSaysOf(Path unit) throws Exception {
        var process = new ProcessBuilder("/usr/bin/systemd-analyze", "verify", "--man=no", unit.toString())
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void theUnitsPathsFitTogether() throws Exception {
        var home = "/var/lib/" + inUnit("StateDirectory");

        assertThat(inUnit("WorkingDirectory")).isEqualTo(home);
        assertThat(settings(UNIT)).contains("AFTERIMAGE_HOME=" + home);
        assertThat(Files.readString(UNIT)).contains("file:/etc/afterimage/" + SETTINGS.getFileName());
    }

    /** As Docker does after ten seconds. */
    @Test
    void nobodyKillsTheServiceBeforeItsTimeToStopIsOver() throws Exception {
        var grace = settings(UNIT).stream()
                .filter(setting -> setting.startsWith("AFTERIMAGE_SHUTDOWN_GRACE="))
                .map(setting -> DurationStyle.detectAndParse(setting.split("=")[1]))
                .findFirst()
                .orElseThrow();

        assertThat(Duration.ofSeconds(Long.parseLong(inUnit("TimeoutStopSec"))))
                .isGreaterThan(new StopTime(new ShutdownSettings(grace)).inAll());
        new ApplicationContextRunner()
                .withUserConfiguration(AllSettings.class)
                .run(context -> assertThat(new StopTime(context.getBean(ShutdownSettings.class)).inAll())
                        .isLessThan(Duration.ofSeconds(10)));
    }

    /** A variable of the environment that nobody reads is only told at a start; here it is a mistake. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ops/systemd/afterimage.service",
                "packaging/root/etc/afterimage/afterimage.properties",
                "Dockerfile"
            })
    void settingsAreThoseThatTheServiceHas(Path file) throws Exception {
        var settings = settings(file);
        assertThat(settings).isNotEmpty();

        new ApplicationContextRunner()
                .withUserConfiguration(AllSettings.class)
                .withPropertyValues(settings.toArray(String[]::new))
                .run(context -> assertThat(context).hasNotFailed());
    }

    private static String inUnit(String key) throws Exception {
        try (Stream<String> lines = Files.lines(UNIT)) {
            return lines.filter(line -> line.startsWith(key + "="))
                    .map(line -> line.substring(key.length() + 1))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static List<String> settings(Path file) throws Exception {
        return SETTING.matcher(Files.readString(file))
                .results()
                .map(found -> found.group())
                .toList();
    }
}
