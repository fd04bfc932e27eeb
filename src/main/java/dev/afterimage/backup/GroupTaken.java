package dev.afterimage.backup;

import dev.afterimage.catalog.snapshots.Snapshot;
import java.util.List;

/**
 * What a group backup made.
 *
 * @param snapshots of each database one, published and in the catalog
 */
public record GroupTaken(List<Snapshot> snapshots) {

    /** Stands in each snapshot of such a group, so that it is known also when the process dies before it can tell. */
    static final String NOT_ONE_MOMENT = "The snapshots of the group are not of one moment.";

    public GroupTaken {
        snapshots = List.copyOf(snapshots);
    }

    /** Whether all states held at one instant; false when writers were too fast for that, and a note says how far they are apart. */
    public boolean oneMoment() {
        return snapshots.stream()
                .noneMatch(snapshot -> snapshot.capture().notes().contains(NOT_ONE_MOMENT));
    }
}
