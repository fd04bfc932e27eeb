package dev.afterimage.check;

import dev.afterimage.problem.ArchivedObject;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something in the repository that the storage has and does not give out. It may be as it was written.
 *
 * @param database name of the database concerned; its id where the catalog does not know it; null of a copy of a catalog
 * @param layer id of the layer; null when it is a manifest, or all that the database has
 * @param reason for people
 * @param snapshots that cannot be restored while it is so; none where that is not known
 * @param archived what of it has to be restored from an archive before it can be read
 */
public record Unreadable(
        @Nullable String database,
        @Nullable UUID layer,
        String reason,
        List<UUID> snapshots,
        List<ArchivedObject> archived) {

    public Unreadable {
        snapshots = List.copyOf(snapshots);
        archived = List.copyOf(archived);
    }
}
