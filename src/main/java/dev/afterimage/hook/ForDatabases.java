package dev.afterimage.hook;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is configured for databases: by the name of one, or for all that have a label, by {@code label=value}. Names have no {@code =}. What is
 * said of the name counts alone.
 */
public final class ForDatabases {

    /**
     * What counts for a database.
     *
     * @param key under which it is configured
     */
    public record Chosen<T>(String key, T value) {}

    /**
     * Chooses among what is configured.
     *
     * @param property whose keys these are
     * @throws ProblemException HOOK_FAILED when two labels of the database say different things
     */
    static <T> Optional<Chosen<T>> choose(
            String property, Map<String, T> configured, String database, Map<String, String> labels) {
        var ofName = configured.get(database);
        if (ofName != null) {
            return Optional.of(new Chosen<>(database, ofName));
        }
        var ofLabels = configured.entrySet().stream()
                .filter(entry -> isOf(entry.getKey(), labels))
                .map(entry -> new Chosen<>(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparing(Chosen::key))
                .toList();
        requireOne(property, ofLabels, database);
        return ofLabels.stream().findFirst();
    }

    private static boolean isOf(String key, Map<String, String> labels) {
        int equals = key.indexOf('=');
        return equals > 0 && key.substring(equals + 1).equals(labels.get(key.substring(0, equals)));
    }

    private static <T> void requireOne(String property, List<Chosen<T>> chosen, String database) {
        if (chosen.stream().map(Chosen::value).distinct().count() > 1) {
            throw new ProblemException(Problem.of(
                    ProblemCode.HOOK_FAILED,
                    "'%s' has labels for which %s says different things: %s"
                            .formatted(
                                    database,
                                    property,
                                    String.join(
                                            " and ",
                                            chosen.stream().map(Chosen::key).toList())),
                    "Say under the name of the database what is to count for it, or take one of the labels away."));
        }
    }

    private ForDatabases() {}
}
