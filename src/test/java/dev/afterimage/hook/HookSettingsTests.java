package dev.afterimage.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        var orders = settings.of("orders", Map.of()).orElseThrow().value();
        assertThat(orders.before().hook())
                .isEqualTo(new Command(List.of("/bin/quiesce", "--now"), Duration.ofMinutes(1), Map.of(), null));
        assertThat(orders.after()).isNull();
        var after = settings.of("a.b", Map.of()).orElseThrow().value().after();
        assertThat(after.on()).isEqualTo(AroundBackup.On.FAILURE);
        assertThat(after.hook())
                .isEqualTo(new Command(
                        List.of("/bin/tell"), Duration.ofSeconds(5), Map.of("TOKEN", "t"), Path.of("/srv")));
        assertThat(settings.of("other", Map.of())).isEmpty();
        assertThat(bind(Map.of()).hooks()).isEmpty();
    }

    @Test
    void hooksThatCannotBeStopTheStart() {
        assertThatThrownBy(() -> bind(Map.of("afterimage.hooks.orders.before.timeout", "5s")))
                .rootCause()
                .hasMessageContaining("either a `command`", "or a `url`");
        assertThatThrownBy(() -> bind(Map.of(
                        "afterimage.hooks.orders.before.command", "/bin/true",
                        "afterimage.hooks.orders.before.on", "SUCCESS")))
                .hasRootCauseMessage("afterimage.hooks: `on` is for hooks that run after backups");
        assertThatThrownBy(() -> bind(Map.of(
                        "afterimage.hooks.orders.after.command", "/bin/true",
                        "afterimage.hooks.orders.after.environment[A=B]", "C")))
                .hasRootCauseMessage("`environment` of a hook has a variable that cannot be: A=B");
    }

    @Test
    void propertiesMayNameHttpCalls() {
        var settings = bind(Map.of(
                "afterimage.hooks[app=shop].before.url", "http://127.0.0.1:7070/quiesce",
                "afterimage.hooks[app=shop].after.url", "https://shop.example.com/go-on",
                "afterimage.hooks[app=shop].after.method", "put",
                "afterimage.hooks[app=shop].after.secret-file", "/etc/secret",
                "afterimage.hooks[app=shop].after.status", "204",
                "afterimage.hooks[app=shop].after.timeout", "5s",
                "afterimage.hooks[app=shop].after.on", "failure"));
        var shop = settings.of("orders", Map.of("app", "shop")).orElseThrow().value();
        assertThat(shop.before().hook())
                .isEqualTo(new HttpCall(
                        URI.create("http://127.0.0.1:7070/quiesce"),
                        HttpCall.Method.POST,
                        null,
                        null,
                        Duration.ofMinutes(1)));
        assertThat(shop.after().on()).isEqualTo(AroundBackup.On.FAILURE);
        assertThat(shop.after().hook())
                .isEqualTo(new HttpCall(
                        URI.create("https://shop.example.com/go-on"),
                        HttpCall.Method.PUT,
                        Path.of("/etc/secret"),
                        204,
                        Duration.ofSeconds(5)));
        assertThat(settings.afterByKey("app=shop")).contains(shop.after());
        assertThat(settings.afterByKey("app=gone")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"command, /bin/true", "environment.A, b", "working-directory, /srv", "status, 99", "timeout, 0s"})
    void httpCallsThatCannotBeStopTheStart(String property, String value) {
        assertThatThrownBy(() -> bind(Map.of(
                        "afterimage.hooks.orders.after.url",
                        "http://127.0.0.1/",
                        "afterimage.hooks.orders.after." + property,
                        value)))
                .rootCause()
                .hasMessageStartingWith("afterimage.hooks: ");
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
        assertThat(chosen.value().run().command()).containsExactly("/bin/copy", "--all");
        assertThat(chosen.value().run().timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.during("orders", Map.of("tier", "gold")))
                .as("what is said of the name counts alone")
                .isEmpty();
        assertThat(settings.of("users", Map.of("kind", "shop"))).isPresent();
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
