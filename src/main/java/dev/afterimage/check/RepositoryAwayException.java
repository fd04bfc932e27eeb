package dev.afterimage.check;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** The repository has no manifest at all, though the catalog knows snapshots, or no layer: it is not mounted, rather than damaged. */
public final class RepositoryAwayException extends ProblemException {

    private RepositoryAwayException(String what) {
        super(ProblemCode.STORAGE_UNREACHABLE, what + ": its storage is not there");
    }

    static RepositoryAwayException withoutManifests(long snapshots) {
        return new RepositoryAwayException(
                "The repository is empty, the catalog has %d snapshots".formatted(snapshots));
    }

    static RepositoryAwayException withoutLayers() {
        return new RepositoryAwayException("The repository has none of the layers that its manifests name");
    }
}
