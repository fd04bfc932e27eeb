package dev.afterimage.check;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** The repository has no manifest at all, though the catalog knows snapshots: it is not mounted, rather than damaged. */
public final class RepositoryAwayException extends ProblemException {

    RepositoryAwayException(long snapshots) {
        super(
                ProblemCode.STORAGE_UNREACHABLE,
                "The repository is empty, the catalog has %d snapshots: its storage is not there".formatted(snapshots));
    }
}
