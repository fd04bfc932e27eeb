package dev.afterimage.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class HookSettingsTests {

    @Test
    void propertiesNameTheHooksOfEachDatabase() {
        var settings = bind(Map.of(
                "afterimage.home", "/elsewhere",
                "afterimage.hooks.orders.before.command", "/bin/quiesce,--now",
                "afterimage.hooks[a.b].after.command[0]", "/bin/tell",
                "afterimage.hooks[a.b].after.on", "failure",
                "afterimage.hooks[a.b].after.timeout", "5s",
                "afterimage.hooks[a.b].after.environment.TOKEN", "t",
                "afterimage.hooks[a.b].after.working-directory", "/srv"));
        var before = settings.of("orders", Map.of()).before();
        assertThat(before.command()).containsExactly("/bin/quiesce", "--now");
        assertThat(before.timeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(settings.of("orders", Map.of()).after()).isNull();
        var after = settings.of("a.b", Map.of()).after();
        assertThat(after.on()).isEqualTo(Hook.On.FAILURE);
        assertThat(after.timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(after.environment()).containsEntry("TOKEN", "t");
        assertThat(after.workingDirectory()).isEqualTo(Path.of("/srv"));
        assertThat(settings.of("other", Map.of()).before()).isNull();
        assertThat(bind(Map.of()).hooks()).isEmpty();
    }

    @Test
    void hooksThatCannotBeStopTheStart() {
        assertThatThrownBy(() -> bind(Map.of("afterimage.hooks.orders.before.timeout", "5s")))
                .hasRootCauseMessage("a hook needs a command, and a timeout above zero");
        assertThatThrownBy(() -> bind(Map.of(
                        "afterimage.hooks.orders.before.command", "/bin/true",
                        "afterimage.hooks.orders.before.on", "SUCCESS")))
                .hasRootCauseMessage("afterimage.hooks: `on` is for hooks that run after backups");
    }

    @Test
    void duringIsOfTheNameOrElseOfALabel() {
        var settings = bind(Map.of(
                "afterimage.hooks.orders.before.command", "/bin/true",
                "afterimage.hooks[tier=gold].during.lock", "immediate",
                "afterimage.hooks[tier=gold].during.command", "/bin/copy,--all",
                "afterimage.hooks[tier=gold].during.timeout", "5s",
                "afterimage.hooks[kind=shop].after.command", "/bin/tell"));
        var chosen = settings.during("users", Map.of("tier", "gold")).orElseThrow();
        assertThat(chosen.key()).isEqualTo("tier=gold");
        assertThat(chosen.value().lock()).isEqualTo(During.Lock.IMMEDIATE);
        assertThat(chosen.value().hook().command()).containsExactly("/bin/copy", "--all");
        assertThat(chosen.value().hook().timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.during("orders", Map.of("tier", "gold")))
                .as("what is said of the name counts alone")
                .isEmpty();
        assertThat(settings.of("users", Map.of("kind", "shop")).after()).isNotNull();
        assertThatThrownBy(() -> settings.of("users", Map.of("kind", "shop", "tier", "gold")))
                .hasMessageContaining("kind=shop and tier=gold");
    }

    @Test
    void duringWithoutLockStopsTheStart() {
        assertThatThrownBy(() -> bind(Map.of("afterimage.hooks.orders.during.command", "/bin/true")))
                .hasRootCauseMessage("afterimage.hooks: `during` needs a `lock`: READ, IMMEDIATE or EXCLUSIVE");
    }

    private static HookSettings bind(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("afterimage", HookSettings.class);
    }
}
