package dev.afterimage.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.SystemEnvironmentPropertySource;

@ExtendWith(OutputCaptureExtension.class)
class UnknownSettingsTests {

    @ConfigurationProperties("afterimage.example")
    record ExampleSettings(
            String maxAge,
            List<String> roots,
            Map<String, String> hooks,
            Map<String, Named> places,
            Nested nested,
            List<Nested> all) {

        record Named(String location, List<String> commands, Nested more) {}

        record Nested(String audience) {}
    }

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(ExampleSettings.class)
    @Import(UnknownSettings.class)
    static class Service {}

    private final ApplicationContextRunner service =
            new ApplicationContextRunner().withUserConfiguration(Service.class);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "afterimage.example.max-age=1d",
                "afterimage.example.maxAge=1d",
                "afterimage.example.roots=/a",
                "afterimage.example.roots[0]=/a",
                "afterimage.example.hooks.orders.before=x",
                "afterimage.example.nested.audience=x",
                "afterimage.example.all[0].audience=x",
                "afterimage.example.places.disk.location=x",
                "afterimage.example.places[a.b].location=x",
                "afterimage.example.places[a.c].commands[0]=x",
                "afterimage.example.places.off-site.more.audience=x",
                "afterimage.tracing.endpoint=http://127.0.0.1:4318",
                "afterimagelike.setting=1"
            })
    void startsWithWhatSomebodyReads(String setting) {
        service.withPropertyValues(setting).run(context -> assertThat(context).hasNotFailed());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "afterimage.example.maxage2=1d",
                "afterimage.exmaple.max-age=1d",
                "afterimage.example.nested.audiences=x",
                "afterimage.example.places.disk.loction=x",
                "afterimage.example.places.disk.more.audiences=x",
                "afterimage.example.places.disk.location.more=x",
                "afterimage.hom=/a"
            })
    void refusesToStartWithWhatNobodyReads(String setting) {
        service.withPropertyValues(setting)
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(StartRefusedException.class)
                        .hasMessageStartingWith("There is no setting " + setting.split("=")[0]));
    }

    /** A script's own variables may begin in the same way. */
    @Test
    void onlyWarnsOfVariablesOfTheEnvironment(CapturedOutput output) {
        service.withInitializer(context -> context.getEnvironment()
                        .getPropertySources()
                        .addLast(new SystemEnvironmentPropertySource(
                                "variables",
                                Map.of(
                                        "AFTERIMAGE_TOKEN", "x",
                                        "AFTERIMAGE_EXAMPLE_PLACES_DISK_LOCATION", "x",
                                        "AFTERIMAGE_EXAMPLE_PLACES_DISK_LOCTION", "x",
                                        "AFTERIMAGE_EXAMPLE_PLACES_DISK_COMMANDS_0", "x",
                                        "AFTERIMAGE_EXAMPLE_ROOTS_0", "/a",
                                        "AFTERIMAGE_EXAMPLE_ALL_0_AUDIENCE", "x",
                                        "AFTERIMAGE_EXAMPLE_MAX_AGE", "1d"))))
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output)
                .contains("AFTERIMAGE_TOKEN, which is no setting")
                .contains("DISK_LOCTION, which is no setting")
                .doesNotContain("DISK_LOCATION")
                .doesNotContain("COMMANDS_0")
                .doesNotContain("ROOTS_0")
                .doesNotContain("ALL_0")
                .doesNotContain("MAX_AGE");
    }
}
