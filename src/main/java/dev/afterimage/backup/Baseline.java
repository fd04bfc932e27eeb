package dev.afterimage.backup;

import dev.afterimage.repository.format.CaptureFacts;
import dev.afterimage.sqlite.live.Extent;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The newest good snapshot of a database, with which a new one is compared: a database that has lost most of what it held may be
 * as it should be, or emptied by mistake, and its backups are then faithful copies of nothing.
 */
record Baseline(UUID snapshotId, Instant createdAt, Extent extent) {

    /** A tenth of the bytes in use. Deleting without VACUUM leaves pages, but not in use. */
    private static final int SHARE = 10;

    /** Less than this comes and goes. */
    private static final long SMALL = 1 << 20;

    /** Half of the tables. */
    private static final int HALF = 2;

    /**
     * What has become of it.
     *
     * @return null if the later state has enough of it
     */
    CaptureFacts.@Nullable Collapse collapsedTo(Extent later) {
        boolean bytesGone = extent.bytesInUse() >= SMALL && later.bytesInUse() <= extent.bytesInUse() / SHARE;
        boolean tablesGone = HALF * later.tables() < extent.tables();
        return bytesGone || tablesGone ? new CaptureFacts.Collapse(snapshotId, extent) : null;
    }

    /** As the snapshot notes it. */
    static String note(CaptureFacts.Collapse collapse, Extent later) {
        return "The database has collapsed: from %d to %d bytes in use, and from %d to %d tables, since snapshot %s."
                .formatted(
                        collapse.extent().bytesInUse(),
                        later.bytesInUse(),
                        collapse.extent().tables(),
                        later.tables(),
                        collapse.before());
    }
}
