package dev.afterimage.schedule;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of a due time.
 *
 * @param dueAt of several that passed while the service was down, the first; they make one run
 * @param reason why it was SKIPPED; null otherwise
 * @param detail more about that, a sentence; null unless there is a reason
 * @param jobId of the job that was SUBMITTED; null otherwise
 */
public record ScheduleRun(
        UUID id,
        UUID databaseId,
        ScheduleKind kind,
        Instant dueAt,
        State state,
        @Nullable SkipReason reason,
        @Nullable String detail,
        @Nullable UUID jobId) {

    /** Where a run is in its life. */
    public enum State {
        /** It is not decided yet. */
        DUE,
        /** A job was made. */
        SUBMITTED,
        /** No job was made. */
        SKIPPED
    }

    /** Why no job was made. */
    public enum SkipReason {
        /** The job of the run before had not ended. */
        STILL_RUNNING,
        /** The newest snapshot is the database's state. */
        UNCHANGED,
        /** There is no available snapshot to be restored. */
        NO_SNAPSHOT,
        /** The schedule was removed before the run was decided. */
        REMOVED,
        /** No job could be made, such as of a database that is no longer registered. */
        REFUSED
    }
}
