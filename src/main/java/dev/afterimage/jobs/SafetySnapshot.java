package dev.afterimage.jobs;

import dev.afterimage.catalog.Snapshot;
import dev.afterimage.sqlite.LockedState;
import dev.afterimage.sqlite.WhenChanged;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The state of a database before a restore replaces it, as a snapshot: taken while applications go on, and once more under
 * the lock of the replacement if they have committed since.
 */
final class SafetySnapshot implements WhenChanged {

    private final @Nullable Snapshot ofEarlierAttempt;
    private final @Nullable Function<LockedState, Snapshot> capture;
    private @Nullable Snapshot taken;
    private @Nullable Snapshot superseded;

    /** Of a target whose old state nobody wants. */
    static SafetySnapshot notWanted() {
        return new SafetySnapshot(null, null, null);
    }

    /**
     * @param ofEarlierAttempt of an attempt of the same job that replaced the database before its process died; null for none
     * @param capture publishes the state that it is given
     */
    SafetySnapshot(
            @Nullable Snapshot ofEarlierAttempt,
            @Nullable Snapshot taken,
            @Nullable Function<LockedState, Snapshot> capture) {
        this.ofEarlierAttempt = ofEarlierAttempt;
        this.taken = taken;
        this.capture = capture;
    }

    @Override
    public void keep(LockedState state) {
        if (capture != null) {
            var exact = capture.apply(state);
            superseded = taken;
            taken = exact;
        }
    }

    /** The state before the job touched the database; empty when none was wanted. */
    Optional<Snapshot> ofStateBefore() {
        return Optional.ofNullable(ofEarlierAttempt).or(this::taken);
    }

    /** What the user should know. */
    List<String> notes() {
        return ofEarlierAttempt == null || taken == null
                ? List.of()
                : List.of("The service died after it had replaced the database, and replaced it once more: what"
                        + " applications committed in between is in snapshot " + taken.id());
    }

    /** By this attempt; empty when none was wanted. */
    Optional<Snapshot> taken() {
        return Optional.ofNullable(taken);
    }

    /** The one that does not have the last commits. */
    Optional<Snapshot> superseded() {
        return Optional.ofNullable(superseded);
    }
}
