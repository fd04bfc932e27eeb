package dev.afterimage.jobs.work;

import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.restore.TargetException;
import dev.afterimage.sqlite.PageProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The restores of one job, of which none changes its target before all are ready. */
final class RestoreParts implements AutoCloseable {

    private final List<RestorePart> parts = new ArrayList<>();
    private final List<Map<String, Object>> results = new ArrayList<>();

    void add(RestorePart part) {
        parts.add(part);
    }

    /** One that an earlier attempt has done. */
    void addDone(Map<String, Object> result) {
        results.add(result);
    }

    void protect(Duration patience) {
        parts.forEach(part -> part.protect(patience));
    }

    /**
     * Changes the targets one after the other. Once one has changed the job is not to be stopped half-way, nor can it come back
     * later: it waits for the others for as long as it may.
     *
     * @param patience for the lock of the first database
     * @param remaining until the job's deadline
     * @throws ProblemException GROUP_RESTORE_INCOMPLETE when some have changed and another could not
     * @throws ProblemException TARGET_UNPROVEN when the only one has changed, but something failed afterwards
     */
    List<Map<String, Object>> put(RunningJob run, Duration patience, Duration remaining) {
        for (var part : parts) {
            boolean first = results.isEmpty();
            try {
                results.add(part.put(first ? patience : remaining, first ? run : PageProgress.NONE));
            } catch (RuntimeException e) {
                throw failure(part, e);
            }
        }
        return results;
    }

    private RuntimeException failure(RestorePart part, RuntimeException e) {
        if (!results.isEmpty() || part.targetChanged() && parts.size() > 1) {
            return groupIncomplete(part, e);
        }
        boolean mayHaveContent = part.targetChanged()
                && !(e instanceof TargetException.Displaced)
                && !(e instanceof TargetException.TakenMeanwhile);
        return mayHaveContent ? unproven(part, e) : e;
    }

    /** Together they may be of no one moment. */
    private ProblemException groupIncomplete(RestorePart part, RuntimeException e) {
        var properties = new LinkedHashMap<String, Object>();
        if (e instanceof ProblemException known) {
            properties.putAll(known.problem().properties()); // such as the commands that undo it
        }
        var path = part.item().target().path();
        properties.put("failed", path.toString());
        properties.put("restored", List.copyOf(results));
        var detail = part.targetChanged()
                ? "%s is not as it was, nor are %d others of the group, and then this failed: %s"
                : "%s was not restored, but %d others of the group were: %s";
        return new ProblemException(
                Problem.of(
                        ProblemCode.GROUP_RESTORE_INCOMPLETE,
                        detail.formatted(path, results.size(), e.getMessage()),
                        properties),
                e);
    }

    private static ProblemException unproven(RestorePart part, RuntimeException e) {
        var path = part.item().target().path();
        var safety = part.safetySnapshot();
        var properties = safety == null
                ? Map.<String, Object>of("path", path.toString())
                : Map.<String, Object>of(
                        "path", path.toString(), "safetySnapshot", safety.id().toString());
        return new ProblemException(
                Problem.of(
                        ProblemCode.TARGET_UNPROVEN,
                        "%s has got the content of the snapshot, or may have, but nothing proves it: %s"
                                .formatted(path, e.getMessage()),
                        properties),
                e);
    }

    @Override
    public void close() {
        RuntimeException failure = null;
        for (var part : parts) {
            try {
                part.close();
            } catch (RuntimeException e) { // the others have files and connections too
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
