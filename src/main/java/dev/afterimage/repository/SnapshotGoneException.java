package dev.afterimage.repository;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;
import java.util.UUID;

/** The repository has no such snapshot: it was deleted, or its manifest was taken away. */
public final class SnapshotGoneException extends ProblemException {

    public SnapshotGoneException(UUID snapshotId) {
        super(Problem.of(
                ProblemCode.SNAPSHOT_NOT_FOUND,
                "The repository has no snapshot %s".formatted(snapshotId),
                Map.of("snapshotId", snapshotId.toString())));
    }
}
