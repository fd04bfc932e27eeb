package dev.afterimage.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** As the configuration writes it. */
class DiscoverySettingsTests {

    private static final String FIRST = "afterimage.discovery.directories[0].";

    @Test
    void settingsWhenOnlyAPathIsGivenHaveDefaults() {
        var settings = bound(Map.of(FIRST + "path", "/srv/tenants"));
        assertThat(settings.interval()).isEqualTo(Duration.ofMinutes(5));
        assertThat(settings.directories())
                .containsExactly(new DiscoverySettings.Directory(
                        Path.of("/srv/tenants"), "**/*.{db,sqlite,sqlite3}", List.of(), "{path}", Map.of(), null));
    }

    @Test
    void settingsTakeAllThatIsGiven() {
        var settings = bound(Map.of(
                "afterimage.discovery.interval",
                "0",
                FIRST + "path",
                "/srv",
                FIRST + "glob",
                "*/*.db",
                FIRST + "exclude[0]",
                "**/{a,b}",
                FIRST + "name",
                "{file}",
                FIRST + "labels.team",
                "shop",
                FIRST + "max-age",
                "6h"));
        assertThat(settings.interval()).isZero();
        assertThat(settings.directories())
                .containsExactly(new DiscoverySettings.Directory(
                        Path.of("/srv"),
                        "*/*.db",
                        List.of("**/{a,b}"),
                        "{file}",
                        Map.of("team", "shop"),
                        Duration.ofHours(6)));
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        for (var wrong : List.of(
                Map.of("afterimage.discovery.interval", "-1s"),
                Map.of(FIRST + "name", "{file}"),
                Map.of(FIRST + "path", "/srv", FIRST + "glob", "{a"),
                Map.of(FIRST + "path", "/srv", FIRST + "exclude[0]", "[a"))) {
            assertThatExceptionOfType(BindException.class).isThrownBy(() -> bound(wrong));
        }
    }

    private static DiscoverySettings bound(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bind("afterimage.discovery", DiscoverySettings.class)
                .get();
    }
}
