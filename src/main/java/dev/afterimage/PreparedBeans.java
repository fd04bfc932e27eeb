package dev.afterimage;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.springframework.aot.AotDetector;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.SpringProperties;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.util.ClassUtils;

/**
 * Starts the service with the beans that its build has found out, which saves a good part of each start; see "Ahead of Time
 * Processing" in Spring's reference. They are those of the settings that the jar comes with. Where a setting may decide which beans
 * there are, or a profile is active, they are found out anew: a slower start, and never another service.
 */
final class PreparedBeans implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {

    private static final String PREPARED = Afterimage.class.getName() + "__ApplicationContextInitializer";

    /** The settings of the jar itself: the beans were found out with them. */
    private static final String OWN = "class path resource [application.yml]";

    /** Beginnings of settings on which Spring Boot's beans depend, and our own one. As they are compared: letters only. */
    private static final List<String> DECIDING = List.of(
            "spring", "management", "servererror", "serverforwardheaders", "serverservlet", "afterimageaccessoidc");

    /** Of those, what decides about nothing of the kind. */
    private static final List<String> HARMLESS =
            List.of("springapplication", "springconfig", "springcontextexit", "springmainbannermode", "springssl");

    @Override
    public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
        var environment = event.getEnvironment();
        if (SpringProperties.getProperty(AotDetector.AOT_ENABLED) == null // whoever sets it knows better
                && ClassUtils.isPresent(PREPARED, getClass().getClassLoader()) // not in a build that is under way
                && environment.getActiveProfiles().length == 0
                && !anyDecides(environment)) {
            SpringProperties.setFlag(AotDetector.AOT_ENABLED);
        }
    }

    private static boolean anyDecides(ConfigurableEnvironment environment) {
        return environment.getPropertySources().stream()
                .filter(settings -> !settings.getName().contains(OWN))
                .anyMatch(PreparedBeans::anyDecides);
    }

    private static boolean anyDecides(PropertySource<?> settings) {
        return settings instanceof EnumerablePropertySource<?> named
                && Arrays.stream(named.getPropertyNames()).anyMatch(PreparedBeans::decides);
    }

    /** @param setting in any of the forms in which Spring Boot takes it, as {@code SPRING_MVC_SERVLET_PATH} */
    static boolean decides(String setting) {
        var name = setting.toLowerCase(Locale.ROOT).replaceAll("[-_.]", "");
        return DECIDING.stream().anyMatch(name::startsWith) && HARMLESS.stream().noneMatch(name::startsWith);
    }
}
