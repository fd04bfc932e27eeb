package dev.afterimage.backup;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What an import is to make.
 *
 * @param snapshotId given beforehand, so that a job that is run again finds what its earlier attempt published; made of
 *     {@code createdAt} where that is long ago, since lists are ordered by it
 * @param createdAt the moment whose state the file has
 * @param pinned whether the snapshot is kept whatever a policy says
 * @param notes what the user should know of the file, a sentence each
 */
public record ImportPlan(
        UUID snapshotId, Instant createdAt, Map<String, String> labels, boolean pinned, List<String> notes) {

    public ImportPlan {
        labels = Map.copyOf(labels);
        notes = List.copyOf(notes);
    }
}
