package dev.afterimage.hook;

import dev.afterimage.problem.ProblemException;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What is done around backups, and within them. Commands run as the service's user, and HTTP calls go where nobody else may send any: only who
 * configures the service can set them, never HTTP.
 *
 * @param hooks {@code afterimage.hooks.<key>}: by the name of a database, or by a label, as {@link ForDatabases} tells; a key with dots or
 *     {@code =} as {@code afterimage.hooks[a.b]}
 */
@ConfigurationProperties("afterimage")
public record HookSettings(@DefaultValue Map<String, OfDatabase> hooks) {

    /**
     * Those of one database, or of all with a label.
     *
     * @param before is done before its file is read; the backup fails when it fails
     * @param after is done when the backup has ended, however it did
     * @param during runs while the backup holds a lock; the backup fails when it fails
     */
    public record OfDatabase(
            @Nullable AroundBackup before,
            @Nullable AroundBackup after,
            @Nullable During during) {
        public OfDatabase {
            if (before != null && before.on() != AroundBackup.On.ALWAYS) {
                throw new IllegalArgumentException("afterimage.hooks: `on` is for hooks that run after backups");
            }
            Stream.of(Optional.ofNullable(before), Optional.ofNullable(after))
                    .flatMap(Optional::stream)
                    .forEach(AroundBackup::hook); // what cannot be stops the start
        }
    }

    public HookSettings {
        hooks = Map.copyOf(hooks);
    }

    /** @throws ProblemException HOOK_FAILED when two labels of the database say different things */
    public Optional<ForDatabases.Chosen<OfDatabase>> of(String database, Map<String, String> labels) {
        return ForDatabases.choose("afterimage.hooks", hooks, database, labels);
    }

    /** Empty when it is not configured any more. */
    public Optional<AroundBackup> afterByKey(String key) {
        return Optional.ofNullable(hooks.get(key)).map(OfDatabase::after);
    }

    /**
     * The command under a lock.
     *
     * @throws ProblemException HOOK_FAILED when two labels of the database say different things
     */
    public Optional<ForDatabases.Chosen<During>> during(String database, Map<String, String> labels) {
        return of(database, labels)
                .flatMap(chosen -> Optional.ofNullable(chosen.value().during())
                        .map(during -> new ForDatabases.Chosen<>(chosen.key(), during)));
    }
}
