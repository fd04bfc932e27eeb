package dev.afterimage.check;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something in the repository that is not as it was written.
 *
 * @param database name of the database concerned; its id where the catalog does not know it; null of a copy of a catalog
 * @param layer id of the layer; null when it is a manifest
 * @param damage what is wrong, for people
 * @param snapshots that cannot be restored because of it
 */
public record Damage(@Nullable String database, @Nullable UUID layer, String damage, List<UUID> snapshots) {

    public Damage {
        snapshots = List.copyOf(snapshots);
    }
}
