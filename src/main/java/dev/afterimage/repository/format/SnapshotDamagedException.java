package dev.afterimage.repository.format;

import dev.afterimage.problem.ProblemCode;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the storage has is not what was written for a snapshot. None of the bytes concerned were given out. */
public final class SnapshotDamagedException extends UnusableSnapshotException {

    private final String found;

    public SnapshotDamagedException(UUID snapshotId, @Nullable UUID layerId, String found, @Nullable Throwable cause) {
        super(ProblemCode.SNAPSHOT_DAMAGED, snapshotId, layerId, damage(layerId, found), Map.of("found", found), cause);
        this.found = found;
    }

    private static String damage(@Nullable UUID layerId, String found) {
        return "%s: %s".formatted(part(layerId), found);
    }

    /** What is wrong with what, for people. */
    public String damage() {
        return damage(layerId(), found);
    }

    /** What is wrong with it. */
    public String found() {
        return found;
    }
}
