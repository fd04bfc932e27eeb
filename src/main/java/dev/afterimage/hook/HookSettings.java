package dev.afterimage.hook;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The commands that run around backups. They run as the service's user, so only who configures the service can set them, never HTTP.
 *
 * @param hooks {@code afterimage.hooks.<database>}: by the name of the database; of one with dots {@code afterimage.hooks[a.b]}
 */
@ConfigurationProperties("afterimage")
public record HookSettings(@DefaultValue Map<String, OfDatabase> hooks) {

    private static final OfDatabase NONE = new OfDatabase(null, null);

    /**
     * Those of one database.
     *
     * @param before runs before its file is read; the backup fails when it fails
     * @param after runs when the backup has ended
     */
    public record OfDatabase(
            @Nullable Hook before, @Nullable Hook after) {
        public OfDatabase {
            if (before != null && before.on() != Hook.On.ALWAYS) {
                throw new IllegalArgumentException("afterimage.hooks: `on` is for hooks that run after backups");
            }
        }
    }

    public HookSettings {
        hooks = Map.copyOf(hooks);
    }

    public OfDatabase of(String database) {
        return hooks.getOrDefault(database, NONE);
    }
}
