package dev.afterimage.lifecycle;

import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.ConfigurationPropertiesBean;
import org.springframework.context.ApplicationContext;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.stereotype.Component;

/**
 * Finds settings that nobody reads: a backup service must not run for a year with {@code afterimage.retention.intervall}. Variables of the environment,
 * among which are those that scripts need for themselves, are only told.
 */
@Component
final class UnknownSettings implements SmartInitializingSingleton {

    private static final Logger log = LoggerFactory.getLogger(UnknownSettings.class);

    private static final Pattern OURS = Pattern.compile("(?i)afterimage[._].+");
    private static final Pattern INDEX = Pattern.compile("\\[\\d+]|_\\d+(?=_|$)");
    private static final Pattern KEY = Pattern.compile("\\[([^\\]]*[^\\]\\d][^\\]]*)]");
    private static final Pattern SEPARATOR = Pattern.compile("[^a-z0-9]");

    /** Read by what is not a bean of settings. */
    private static final Set<String> READ_ELSEWHERE = Set.of("afterimage.tracing.endpoint");

    private final ApplicationContext context;
    private final ConfigurableEnvironment environment;

    UnknownSettings(ApplicationContext context, ConfigurableEnvironment environment) {
        this.context = context;
        this.environment = environment;
    }

    @Override
    public void afterSingletonsInstantiated() {
        var known = known().toList();
        var mistaken = new TreeSet<String>();
        for (var source : environment.getPropertySources()) {
            var unknown = unknown(source, known).toList();
            if (source instanceof SystemEnvironmentPropertySource) {
                unknown.forEach(name -> log.warn("The environment has {}, which is no setting of Afterimage", name));
            } else {
                mistaken.addAll(unknown);
            }
        }
        if (!mistaken.isEmpty()) {
            throw new StartRefusedException(
                    "There is no setting " + String.join(", ", mistaken), "docs/settings.md has those that there are");
        }
    }

    private static Stream<String> unknown(Object source, Collection<Predicate<String>> known) {
        return source instanceof EnumerablePropertySource<?> named
                ? Stream.of(named.getPropertyNames())
                        .filter(OURS.asMatchPredicate())
                        .filter(name -> known.stream().noneMatch(one -> one.test(name)))
                : Stream.empty();
    }

    private Stream<Predicate<String>> known() {
        var ofBeans = ConfigurationPropertiesBean.getAll(context).values().stream()
                .filter(bean ->
                        OURS.matcher(bean.getAnnotation().prefix() + ".x").matches())
                .flatMap(bean -> settings(
                        bean.getAnnotation().prefix(),
                        bean.asBindTarget().getType().resolve(Object.class)));
        return Stream.concat(READ_ELSEWHERE.stream().map(UnknownSettings::named), ofBeans);
    }

    /** By the parameters of the constructor, to which they are bound. */
    private static Stream<Predicate<String>> settings(String prefix, Class<?> type) {
        return Arrays.stream(type.getDeclaredConstructors())
                .flatMap(constructor -> Arrays.stream(constructor.getParameters()))
                .flatMap(parameter -> setting(prefix, parameter));
    }

    private static Stream<Predicate<String>> setting(String prefix, Parameter parameter) {
        var name = prefix + "." + parameter.getName();
        if (Map.class.isAssignableFrom(parameter.getType())) {
            var values = ResolvableType.forType(parameter.getParameterizedType())
                    .asMap()
                    .resolveGeneric(1);
            return values != null && isOurs(values)
                    ? settings("value", values).map(value -> ofMap(name, value))
                    : Stream.of(one -> plain(one).startsWith(plain(name)));
        }
        var type = Collection.class.isAssignableFrom(parameter.getType())
                ? ResolvableType.forType(parameter.getParameterizedType())
                        .asCollection()
                        .resolveGeneric()
                : parameter.getType();
        return type != null && isOurs(type) ? settings(name, type) : Stream.of(named(name));
    }

    private static boolean isOurs(Class<?> type) {
        return type.isRecord() && type.getName().startsWith("dev.afterimage.");
    }

    private static Predicate<String> named(String name) {
        var plain = plain(name);
        return one -> plain(one).equals(plain);
    }

    /** Below a key that is for users to choose: of one with dots nobody knows where it ends, so whatever ends as a setting does is one. */
    private static Predicate<String> ofMap(String map, Predicate<String> value) {
        int key = map.split("\\.", -1).length;
        return one -> {
            var parts = KEY.matcher(one).replaceAll(".$1").split(one.contains(".") ? "\\." : "_");
            return parts.length > key + 1
                    && plain(joined(parts, 0, key)).equals(plain(map))
                    && IntStream.range(key + 1, parts.length)
                            .anyMatch(rest -> value.test("value." + joined(parts, rest, parts.length)));
        };
    }

    private static String joined(String[] parts, int from, int to) {
        return String.join("_", Arrays.asList(parts).subList(from, to));
    }

    /** The same however it is written: {@code delete-grace}, {@code deleteGrace}, {@code DELETE_GRACE}. */
    private static String plain(String name) {
        var withoutIndex = INDEX.matcher(name).replaceAll("");
        return SEPARATOR.matcher(withoutIndex.toLowerCase(Locale.ROOT)).replaceAll("");
    }
}
