package dev.afterimage.backup;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;
import java.util.UUID;

/** The repository that is there is not the one that was named, or lacks snapshots that the catalog knows. */
public final class NotAdoptableException extends ProblemException {

    private final transient Map<String, Object> properties;

    private NotAdoptableException(String detail, Map<String, Object> properties) {
        super(ProblemCode.REPOSITORY_NOT_ADOPTABLE, detail);
        this.properties = properties;
    }

    static NotAdoptableException another(UUID wanted, UUID found) {
        return new NotAdoptableException(
                "The repository that is there is %s, not %s".formatted(found, wanted),
                Map.of("found", found.toString()));
    }

    static NotAdoptableException lacking(UUID wanted, int missing) {
        return new NotAdoptableException(
                "The repository that would be adopted as %s lacks %d of the snapshots that the catalog knows"
                        .formatted(wanted, missing),
                Map.of("missing", missing));
    }

    @Override
    protected Map<String, Object> properties() {
        return properties;
    }
}
