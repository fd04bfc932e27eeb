package dev.afterimage.repository;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;
import java.util.UUID;

/** The snapshot was deleted since its manifest was read. */
public final class SnapshotNotFoundException extends ProblemException {

    private final UUID snapshotId;

    SnapshotNotFoundException(UUID snapshotId, Throwable cause) {
        super(ProblemCode.SNAPSHOT_NOT_FOUND, "Snapshot %s was deleted".formatted(snapshotId), cause);
        this.snapshotId = snapshotId;
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("snapshotId", snapshotId.toString());
    }
}
