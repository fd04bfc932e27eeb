package dev.afterimage.backup;

import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * What was captured of a group.
 *
 * @param oneMoment whether the states of all its databases held at one instant
 */
record GroupCaptured(boolean oneMoment, Map<UUID, Captured> byDatabase) {

    Captured of(UUID databaseId) {
        return Objects.requireNonNull(byDatabase.get(databaseId));
    }
}
