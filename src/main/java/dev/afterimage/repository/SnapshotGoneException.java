package dev.afterimage.repository;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;
import java.util.UUID;

/** The repository has no such snapshot: it was deleted, or its manifest was taken away. */
public final class SnapshotGoneException extends ProblemException {

    private final UUID snapshotId;

    SnapshotGoneException(UUID snapshotId) {
        super(ProblemCode.SNAPSHOT_NOT_FOUND, "The repository has no snapshot %s".formatted(snapshotId));
        this.snapshotId = snapshotId;
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("snapshotId", snapshotId.toString());
    }
}
