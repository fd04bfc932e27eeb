package dev.afterimage.backup;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a group backup is to make.
 *
 * @param groupId given beforehand, as the ids of the snapshots are, so that a job that is run again finds what its earlier
 *     attempt published
 * @param members at least two, of different databases
 * @param labels of each snapshot
 * @param maxBytesPerSecond how fast the sources may be read; 0 for no limit
 * @param maxWalBytes how large a WAL may get while it is captured; null for as it is configured
 */
public record GroupPlan(
        UUID groupId,
        List<Member> members,
        Map<String, String> labels,
        long maxBytesPerSecond,
        @Nullable Long maxWalBytes) {

    /** With the configured limit of the WALs. */
    public GroupPlan(UUID groupId, List<Member> members, Map<String, String> labels, long maxBytesPerSecond) {
        this(groupId, members, labels, maxBytesPerSecond, null);
    }

    public GroupPlan {
        members = List.copyOf(members);
    }

    public List<UUID> databaseIds() {
        return members.stream().map(Member::databaseId).toList();
    }

    public List<UUID> snapshotIds() {
        return members.stream().map(Member::snapshotId).toList();
    }

    /** A database, and the snapshot that is to be made of it. */
    public record Member(UUID databaseId, UUID snapshotId) {}
}
