package dev.afterimage.jobs.work;

import dev.afterimage.catalog.snapshots.Snapshot;
import java.util.Map;

/** What a result tells of the moment of a followed database that was restored. */
final class ReachedMoment {

    private ReachedMoment() {}

    static void tell(Snapshot snapshot, Map<String, Object> result) {
        var log = snapshot.log();
        if (log != null) {
            result.put("commit", log.commit());
            result.put("at", log.at().toString());
        }
    }
}
