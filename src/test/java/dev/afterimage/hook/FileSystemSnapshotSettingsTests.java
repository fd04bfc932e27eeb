package dev.afterimage.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class FileSystemSnapshotSettingsTests {

    private static final String PREFIX = "afterimage.file-system-snapshots";

    @Test
    void propertiesNameDatabasesAndLabels() {
        var properties = entry("orders", "/frozen/{job}{path}");
        properties.putAll(entry("[tier=gold]", "/gold/{job}/{name}.db"));
        properties.put(PREFIX + ".orders.lock", "read");
        var settings = bind(properties);

        var ofName = settings.of("orders", Map.of("tier", "gold")).orElseThrow();
        assertThat(ofName.key()).isEqualTo("orders");
        assertThat(ofName.value().lock()).isEqualTo(Freeze.Lock.READ);
        assertThat(ofName.value().frozen("orders", Path.of("/srv/o.db"), "7")).isEqualTo(Path.of("/frozen/7/srv/o.db"));
        var ofLabel = settings.of("stock", Map.of("tier", "gold")).orElseThrow();
        assertThat(ofLabel.value().lock()).isEqualTo(Freeze.Lock.IMMEDIATE);
        assertThat(ofLabel.value().frozen("stock", Path.of("/srv/s.db"), "7")).isEqualTo(Path.of("/gold/7/stock.db"));
        assertThat(settings.of("stock", Map.of("tier", "silver"))).isEmpty();
    }

    @Test
    void labelsThatSayDifferentThingsAreTold() {
        var properties = entry("[a=1]", "/a/{job}");
        properties.putAll(entry("[b=2]", "/b/{job}"));
        var settings = bind(properties);
        assertThat(settings.of("orders", Map.of("a", "1"))).isPresent();
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> settings.of("orders", Map.of("a", "1", "b", "2")))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ProblemCode.HOOK_FAILED))
                .withMessageContaining("a=1 and b=2");
    }

    @ParameterizedTest
    @CsvSource({"frozen/{job}, not absolute", "/frozen/{id}, {id}", "/frozen/{relative}, needs a `root`"})
    void pathsThatCannotBeStopTheStart(String path, String why) {
        assertThatThrownBy(() -> bind(entry("orders", path))).rootCause().hasMessageContaining(why);
    }

    @Test
    void entriesWithoutReleaseStopTheStart() {
        var properties = entry("orders", "/frozen/{job}");
        properties.remove(PREFIX + ".orders.release.command");
        assertThatThrownBy(() -> bind(properties)).rootCause().hasMessageContaining("`release`");
    }

    @Test
    void frozenOfADatabaseThatIsNotBelowTheRootFails() {
        var properties = entry("orders", "/frozen/{job}/{relative}");
        properties.put(PREFIX + ".orders.root", "/srv/data");
        var freeze = bind(properties).byKey("orders").orElseThrow();
        assertThat(freeze.frozen("orders", Path.of("/srv/data/a/o.db"), "7")).isEqualTo(Path.of("/frozen/7/a/o.db"));
        assertThatThrownBy(() -> freeze.frozen("orders", Path.of("/srv/database/o.db"), "7"))
                .hasMessageContaining("not below the root");
    }

    private static Map<String, Object> entry(String key, String path) {
        var of = key.startsWith("[") ? PREFIX + key : PREFIX + "." + key;
        return new HashMap<>(Map.of(
                of + ".create.command", "/bin/freeze", of + ".release.command", "/bin/thaw", of + ".path", path));
    }

    private static FileSystemSnapshotSettings bind(Map<String, Object> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("afterimage", FileSystemSnapshotSettings.class);
    }
}
