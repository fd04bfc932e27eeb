package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.format.JournalMode;
import java.util.List;
import java.util.UUID;

/** One database of a group backup, while it runs. */
record GroupMember(Database database, UUID snapshotId, Draft draft, Scan scan) implements AutoCloseable {

    private static final String REASON = "A group is taken by SCAN, which can pin several databases at one moment.";

    void firstPass() {
        scan.firstPass(draft.writer()::add);
    }

    void pin() {
        scan.pin();
    }

    /** Whether writers of the pinned database cannot commit until it is captured. */
    boolean makesWritersWait() {
        return scan.journalMode() == JournalMode.ROLLBACK;
    }

    void capture() {
        scan.capture(draft.writer()::add);
    }

    /** @param oneMoment whether the states of all databases of the group held at one instant */
    Manifest publish(GroupPlan plan, boolean oneMoment) {
        var captured = new Captured(Method.AUTO, Method.SCAN, REASON, scan.finish());
        return draft.publish(
                snapshotId,
                plan.groupId(),
                plan.labels(),
                captured,
                oneMoment ? List.of() : List.of(GroupTaken.NOT_ONE_MOMENT));
    }

    @Override
    public void close() {
        try {
            scan.close();
        } finally {
            draft.close();
        }
    }
}
