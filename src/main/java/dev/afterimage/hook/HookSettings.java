package dev.afterimage.hook;

import dev.afterimage.problem.ProblemException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The commands that run around backups, and within them. They run as the service's user, so only who configures the service can set them, never HTTP.
 *
 * @param hooks {@code afterimage.hooks.<key>}: by the name of a database, or by a label, as {@link ForDatabases} tells; a key with dots or
 *     {@code =} as {@code afterimage.hooks[a.b]}
 */
@ConfigurationProperties("afterimage")
public record HookSettings(@DefaultValue Map<String, OfDatabase> hooks) {

    private static final OfDatabase NONE = new OfDatabase(null, null, null);

    /**
     * Those of one database, or of all with a label.
     *
     * @param before runs before its file is read; the backup fails when it fails
     * @param after runs when the backup has ended
     * @param during runs while the backup holds a lock; the backup fails when it fails
     */
    public record OfDatabase(
            @Nullable Hook before,
            @Nullable Hook after,
            @Nullable During during) {
        public OfDatabase {
            if (before != null && before.on() != Hook.On.ALWAYS) {
                throw new IllegalArgumentException("afterimage.hooks: `on` is for hooks that run after backups");
            }
        }
    }

    public HookSettings {
        hooks = Map.copyOf(hooks);
    }

    /** @throws ProblemException HOOK_FAILED when two labels of the database say different things */
    public OfDatabase of(String database, Map<String, String> labels) {
        return chosen(database, labels).map(ForDatabases.Chosen::value).orElse(NONE);
    }

    /**
     * The command under a lock.
     *
     * @throws ProblemException HOOK_FAILED when two labels of the database say different things
     */
    public Optional<ForDatabases.Chosen<During>> during(String database, Map<String, String> labels) {
        return chosen(database, labels)
                .flatMap(chosen -> Optional.ofNullable(chosen.value().during())
                        .map(during -> new ForDatabases.Chosen<>(chosen.key(), during)));
    }

    private Optional<ForDatabases.Chosen<OfDatabase>> chosen(String database, Map<String, String> labels) {
        return ForDatabases.choose("afterimage.hooks", hooks, database, labels);
    }
}
