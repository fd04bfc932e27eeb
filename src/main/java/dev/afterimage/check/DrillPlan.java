package dev.afterimage.check;

import dev.afterimage.sqlite.check.CheckLevel;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a drill is to prove.
 *
 * @param jobId by which a drill that is run again is recorded once, and chooses the same snapshot
 * @param snapshotId the one that is restored; null where {@code choice} tells
 * @param copy of the repository that alone is read; null for the repository alone
 */
public record DrillPlan(
        UUID jobId,
        UUID databaseId,
        DrillChoice choice,
        @Nullable UUID snapshotId,
        CheckLevel level,
        @Nullable String copy,
        List<Assertion> assertions) {

    /** Among any number of snapshots, newest first, the one at this place, modulo their number. */
    public long place() {
        return switch (choice) {
            case LATEST -> 0;
            case RANDOM, MOMENT -> jobId.getLeastSignificantBits() >>> 2; // those of a UUID that are random
        };
    }
}
