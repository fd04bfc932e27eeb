package dev.afterimage.catalog.snapshots;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One committed state of a database, stored in the repository.
 *
 * @param databaseName the database's name, also after it was removed
 * @param groupId shared by the snapshots of one group backup; null outside of one
 * @param proof what checks have shown of it so far
 * @param pinned kept whatever a policy says, until unpinned
 * @param expiresAt from then on it goes, whatever a policy keeps, unless it is pinned or the last good one
 * @param log the commit that left it, where it is of a database that is followed; null where that is not known, or several were made while
 *     it was taken
 */
public record Snapshot(
        UUID id,
        UUID databaseId,
        String databaseName,
        Instant createdAt,
        @Nullable UUID groupId,
        State state,
        Verification verification,
        Proof proof,
        Content content,
        Capture capture,
        boolean pinned,
        @Nullable Instant expiresAt,
        Map<String, String> labels,
        @Nullable LogPlace log) {

    /**
     * The label of snapshots that were taken before a restore replaced their database; its value is the id of the restore's
     * job. They begin as pinned, also when a rebuild finds them again.
     */
    public static final String SAFETY_OF = "safety-of";

    /** What its labels are when somebody replaces them: {@link #SAFETY_OF} is nobody's to give or to take away. */
    public Map<String, String> relabelled(Map<String, String> given) {
        var relabelled = new LinkedHashMap<>(given);
        var safetyOf = labels.get(SAFETY_OF);
        if (safetyOf == null) {
            relabelled.remove(SAFETY_OF);
        } else {
            relabelled.put(SAFETY_OF, safetyOf);
        }
        return relabelled;
    }

    /**
     * What a state is in the log of its database: what a commit has left.
     *
     * @param chain part of the log
     * @param at when the commit was taken
     */
    public record LogPlace(UUID chain, long commit, Instant at) {}

    /** QUARANTINED: a check failed, it is not offered for restores. */
    public enum State {
        AVAILABLE,
        QUARANTINED
    }

    /** The outcome of the latest check. */
    public enum Verification {
        UNVERIFIED,
        PASSED,
        FAILED
    }

    /** How much a check has proven, each level more than the ones before. */
    public enum Level {
        /** What was stored for it was read back and is right, and all else that it needs is there. */
        STORED,
        /** It was restored, each byte proven, and SQLite's {@code quick_check} found nothing. */
        QUICK,
        /** It was restored, each byte proven, and SQLite's {@code integrity_check} found nothing. */
        FULL
    }

    /**
     * What checks have shown.
     *
     * @param level the highest that it has passed since a check failed, if one did; null for none
     * @param fullCheckAt when it passed level FULL, or else the nearest of the snapshots that it was built on that did; null where none
     *     did, or that is not known
     */
    public record Proof(@Nullable Level level, @Nullable Instant fullCheckAt) {

        public static final Proof NONE = new Proof(null, null);

        public boolean reaches(Level wanted) {
            return level != null && level.compareTo(wanted) >= 0;
        }
    }

    /**
     * What is stored.
     *
     * @param pageSize in bytes, 512 to 65536
     * @param pageCount in pages
     * @param storedBytes bytes of its layers in the repository, shared ones included
     * @param newBytes bytes that this snapshot added to the repository
     * @param treeDigest SHA-256 over the page digests, hexadecimal
     * @param sha256 of the whole file, hexadecimal; null until known
     */
    public record Content(
            int pageSize,
            long pageCount,
            long storedBytes,
            long newBytes,
            String treeDigest,
            @Nullable String sha256) {

        public long sizeBytes() {
            return pageSize * pageCount;
        }
    }

    /**
     * How it was taken.
     *
     * @param method that was asked for
     * @param methodUsed that took it
     * @param methodReason why that one, a sentence; null when it was asked for by name
     * @param lockHeldMillis how long writers could not commit because of the capture; 0 in WAL mode, except by
     *     LOCKED_COPY
     * @param walBytesBefore size of the source's WAL when the capture began
     * @param walBytesAfter and when it ended
     * @param notes what the operator should know, such as a hot journal that was rolled back
     */
    public record Capture(
            String method,
            String methodUsed,
            @Nullable String methodReason,
            String journalMode,
            long lockHeldMillis,
            long walBytesBefore,
            long walBytesAfter,
            List<String> notes) {}
}
