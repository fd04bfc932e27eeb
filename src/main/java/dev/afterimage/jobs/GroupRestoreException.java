package dev.afterimage.jobs;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Some targets of a group were restored, another could not be: together they are of no one moment. */
final class GroupRestoreException extends ProblemException {

    private final transient List<RestorePart> restored;
    private final String failed;

    GroupRestoreException(RestorePart failed, ProblemException cause, List<RestorePart> restored) {
        super(
                ProblemCode.GROUP_RESTORE_INCOMPLETE,
                "%s was not restored, but %d of the group were: %s"
                        .formatted(failed.item().target().path(), restored.size(), cause.getMessage()),
                cause);
        this.failed = failed.item().target().path().toString();
        this.restored = List.copyOf(restored);
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of(
                "failed",
                failed,
                "restored",
                restored.stream().map(GroupRestoreException::asJson).toList());
    }

    private static Map<String, Object> asJson(RestorePart part) {
        var json = new LinkedHashMap<String, Object>();
        json.put("path", part.item().target().path().toString());
        var safety = part.safetySnapshot();
        json.put("safetySnapshot", safety == null ? null : safety.id().toString());
        return json;
    }
}
