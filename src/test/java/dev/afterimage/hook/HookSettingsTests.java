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
        var before = settings.of("orders").before();
        assertThat(before.command()).containsExactly("/bin/quiesce", "--now");
        assertThat(before.timeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(settings.of("orders").after()).isNull();
        var after = settings.of("a.b").after();
        assertThat(after.on()).isEqualTo(Hook.On.FAILURE);
        assertThat(after.timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(after.environment()).containsEntry("TOKEN", "t");
        assertThat(after.workingDirectory()).isEqualTo(Path.of("/srv"));
        assertThat(settings.of("other").before()).isNull();
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

    private static HookSettings bind(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("afterimage", HookSettings.class);
    }
}
