package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.sqlite.capture.Capture;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.state.FrozenState;
import java.util.List;
import java.util.UUID;

/** One database of a group backup, while it runs. */
record GroupMember(Database database, UUID snapshotId, Draft draft, Scan scan) implements AutoCloseable {

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
        scan.buildOn(draft.markBefore());
        scan.capture(draft.writer()::add);
    }

    void hold() {
        scan.hold();
    }

    void requireHeld() {
        scan.requireHeld();
    }

    void captureHeld() {
        scan.buildOn(draft.markBefore());
        scan.captureHeld(draft.stateMark(), draft.writer()::add);
    }

    FrozenState letGo() {
        return scan.letGo();
    }

    /** What the scan has captured, or held. */
    Capture finish() {
        return scan.finish();
    }

    Manifest publish(GroupPlan plan, GroupCaptured captured) {
        return draft.publish(
                snapshotId,
                plan.groupId(),
                plan.labels(),
                captured.of(database.id()),
                captured.oneMoment() ? List.of() : List.of(GroupTaken.NOT_ONE_MOMENT));
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
