package dev.afterimage.jobs.work;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A target has got its content, or may have, but something failed then. */
final class UnprovenRestoreException extends ProblemException {

    private final String path;
    private final @Nullable String safetySnapshot;

    UnprovenRestoreException(RestorePart part, RuntimeException cause) {
        super(
                ProblemCode.TARGET_UNPROVEN,
                "%s has got the content of the snapshot, or may have, but nothing proves it: %s"
                        .formatted(part.item().target().path(), cause.getMessage()),
                cause);
        var safety = part.safetySnapshot();
        this.path = part.item().target().path().toString();
        this.safetySnapshot = safety == null ? null : safety.id().toString();
    }

    @Override
    protected Map<String, Object> properties() {
        var properties = new LinkedHashMap<String, Object>();
        properties.put("path", path);
        if (safetySnapshot != null) {
            properties.put("safetySnapshot", safetySnapshot);
        }
        return properties;
    }
}
