package dev.afterimage.jobs.work;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Some targets of a group were restored, with another something failed: together they may be of no one moment. */
final class GroupRestoreException extends ProblemException {

    private final String failed;
    private final transient List<Map<String, Object>> restored;
    private final transient Map<String, Object> facts;

    /** @param restored the results of those that were */
    GroupRestoreException(RestorePart failed, RuntimeException cause, List<Map<String, Object>> restored) {
        super(
                ProblemCode.GROUP_RESTORE_INCOMPLETE,
                (failed.targetChanged()
                                ? "%s is not as it was, nor are %d others of the group, and then this failed: %s"
                                : "%s was not restored, but %d others of the group were: %s")
                        .formatted(failed.item().target().path(), restored.size(), cause.getMessage()),
                cause);
        this.failed = failed.item().target().path().toString();
        this.restored = List.copyOf(restored);
        this.facts = cause instanceof ProblemException known ? known.problem().properties() : Map.of();
    }

    @Override
    protected Map<String, Object> properties() {
        var properties = new LinkedHashMap<>(facts); // such as the commands that undo it
        properties.put("failed", failed);
        properties.put("restored", restored);
        return properties;
    }
}
