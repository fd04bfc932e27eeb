package dev.afterimage.restore;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.content.SchemaDifference;
import dev.afterimage.problem.Problem;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.sqlite.live.Holder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a restore would do, and what is in its way at present.
 *
 * @param log the commit that left what the target would get; null where that is not known
 * @param sizeBytes of the content that the target would get
 * @param present what is at the target; null when nothing is, or it cannot be read
 * @param rooms what would be needed where
 * @param holders the processes that have the target open or locked
 * @param difference what leads from the target as it is to the snapshot; null when there is nothing to compare, or
 *     {@code notes} say why not
 * @param obstacles why it would fail or have to wait
 * @param notes why something is not told; a restore may be possible all the same
 */
public record RestorePreview(
        RestoreItem item,
        Snapshot.@Nullable LogPlace log,
        long sizeBytes,
        @Nullable DatabaseFacts present,
        List<Room> rooms,
        List<Holder> holders,
        @Nullable SchemaDifference difference,
        List<Problem> obstacles,
        List<String> notes) {

    public RestorePreview {
        rooms = List.copyOf(rooms);
        holders = List.copyOf(holders);
        obstacles = List.copyOf(obstacles);
        notes = List.copyOf(notes);
    }
}
