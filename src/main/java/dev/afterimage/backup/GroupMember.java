package dev.afterimage.backup;

import dev.afterimage.catalog.Database;
import dev.afterimage.repository.Manifest;
import dev.afterimage.sqlite.Scan;
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

    void capture() {
        scan.capture(draft.writer()::add);
    }

    Manifest publish(GroupPlan plan) {
        var captured = new Captured(Method.AUTO, Method.SCAN, REASON, scan.finish());
        return draft.publish(snapshotId, plan.groupId(), plan.labels(), captured);
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
