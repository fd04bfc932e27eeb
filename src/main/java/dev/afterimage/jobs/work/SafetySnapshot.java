package dev.afterimage.jobs.work;

import dev.afterimage.catalog.snapshots.Snapshot;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state of a database before a restore replaces it, as a snapshot.
 *
 * @param taken by this attempt; null when none is wanted
 * @param superseded by this attempt a little earlier, and without the last commits; null when there was none
 * @param ofEarlierAttempt before an attempt of the same job replaced the database and died; null when there was none
 */
record SafetySnapshot(
        @Nullable Snapshot taken,
        @Nullable Snapshot superseded,
        @Nullable Snapshot ofEarlierAttempt) {

    static final SafetySnapshot NOT_WANTED = new SafetySnapshot(null, null, null);

    /** The same with the state that is really replaced: applications have committed since the other was taken. */
    SafetySnapshot replacedBy(Snapshot exact) {
        return new SafetySnapshot(exact, taken, ofEarlierAttempt);
    }

    /** The state before the job touched the database; empty when none is wanted. */
    Optional<Snapshot> ofStateBefore() {
        return Optional.ofNullable(ofEarlierAttempt).or(() -> Optional.ofNullable(taken));
    }

    /** What the user should know. */
    List<String> notes() {
        return ofEarlierAttempt == null || taken == null
                ? List.of()
                : List.of(
                        "The service died while it replaced the database, and replaced it once more: what was there then is in"
                                + " snapshot " + taken.id());
    }
}
