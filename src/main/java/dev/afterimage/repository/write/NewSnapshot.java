package dev.afterimage.repository.write;

import dev.afterimage.repository.format.CaptureFacts;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot is to be known by.
 *
 * @param createdAt the moment whose state it is
 * @param groupId shared by the snapshots of one group backup; null outside of one
 * @param labels of the user
 */
public record NewSnapshot(
        UUID id,
        UUID databaseId,
        String databaseName,
        Instant createdAt,
        @Nullable UUID groupId,
        Map<String, String> labels,
        CaptureFacts capture) {

    public NewSnapshot {
        labels = Map.copyOf(labels);
    }
}
