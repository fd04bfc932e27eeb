package dev.afterimage.check;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshot.Level;
import dev.afterimage.catalog.snapshots.Snapshots;
import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Tells of which snapshots SQLite has to check every page, where nobody has said so. */
@Component
public class FullChecks {

    private final Snapshots snapshots;
    private final CheckSettings settings;
    private final Clock clock;

    FullChecks(Snapshots snapshots, CheckSettings settings, Clock clock) {
        this.snapshots = snapshots;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Whether a snapshot is to be checked FULL: it is small; or it is not known that what it was built on was, not long ago; or since the
     * last one that passed another one has failed, and what was wrong there may be wrong here.
     */
    public boolean isDue(Snapshot snapshot) {
        return snapshot.content().sizeBytes() < settings.fullBelow().toBytes()
                || !isRecent(snapshot.proof().fullCheckAt())
                || snapshots.anyFailedSinceFullCheck(snapshot.databaseId());
    }

    /** Whether a snapshot has been proven as far as it would be if it were taken now. */
    public boolean isProven(Snapshot snapshot) {
        var proof = snapshot.proof();
        return isRecent(proof.fullCheckAt())
                && (proof.reaches(Level.FULL) || proof.reaches(Level.STORED) && !isDue(snapshot));
    }

    /** A time that is still to come was noted by a wrong clock. */
    private boolean isRecent(@Nullable Instant fullCheckAt) {
        var now = clock.instant();
        var every = settings.fullEvery();
        var oldest = now.minus(every.minus(every.dividedBy(10)));
        return fullCheckAt != null && !fullCheckAt.isAfter(now) && fullCheckAt.isAfter(oldest);
    }
}
