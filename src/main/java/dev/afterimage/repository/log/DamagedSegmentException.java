package dev.afterimage.repository.log;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.storage.StorageException;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A segment of the log is not what was stored, or is missing: moments in it, and behind it up to the next snapshot, cannot be reached. */
public final class DamagedSegmentException extends ProblemException {

    static final String IS_MISSING = "it is missing";

    /** A commit that should be in the log, and that no segment has. */
    public static DamagedSegmentException missing(UUID databaseId, UUID chain, long commit) {
        return new DamagedSegmentException(
                databaseId, new SegmentName(chain, commit, commit), "no segment has this commit", null);
    }

    /** A segment that should be there. */
    static DamagedSegmentException missing(UUID databaseId, SegmentName name, StorageException.Missing cause) {
        return new DamagedSegmentException(databaseId, name, IS_MISSING, cause);
    }

    private final SegmentName segment;
    private final String found;

    DamagedSegmentException(UUID databaseId, SegmentName name, String found, @Nullable Throwable cause) {
        super(
                Problem.of(
                        ProblemCode.LOG_DAMAGED,
                        "Segment %s/%d of the log of database %s: %s"
                                .formatted(name.chain(), name.firstCommit(), databaseId, found),
                        Map.of(
                                "databaseId", databaseId.toString(),
                                "chain", name.chain().toString(),
                                "firstCommit", name.firstCommit(),
                                "lastCommit", name.lastCommit(),
                                "found", found)),
                cause);
        this.segment = name;
        this.found = found;
    }

    public SegmentName segment() {
        return segment;
    }

    /** What is wrong with it. */
    String found() {
        return found;
    }
}
