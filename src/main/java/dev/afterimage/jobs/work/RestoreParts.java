package dev.afterimage.jobs.work;

import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.restore.TargetException;
import dev.afterimage.sqlite.PageProgress;
import java.time.Duration;
import java.util.ArrayList;
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
     * @throws GroupRestoreException when some have changed and another could not
     * @throws UnprovenRestoreException when the only one has changed, but something failed afterwards
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
            return new GroupRestoreException(part, e, results);
        }
        boolean mayHaveContent = part.targetChanged()
                && !(e instanceof TargetException.Displaced)
                && !(e instanceof TargetException.TakenMeanwhile);
        return mayHaveContent ? new UnprovenRestoreException(part, e) : e;
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
