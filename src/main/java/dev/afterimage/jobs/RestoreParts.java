package dev.afterimage.jobs;

import dev.afterimage.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The restores of one job, of which none changes its target before all are ready. */
final class RestoreParts implements AutoCloseable {

    private final List<RestorePart> parts = new ArrayList<>();

    void add(RestorePart part) {
        parts.add(part);
    }

    void protect(RunningJob run, Duration patience) {
        parts.forEach(part -> part.protect(run, patience));
    }

    /**
     * Changes the targets one after the other.
     *
     * @param patience for the lock of the first database; once a target has changed, the job cannot come back later, and so waits
     *     for as long as it may
     * @throws GroupRestoreException when some have changed and another could not
     */
    void put(RunningJob run, Duration patience) {
        var waits = patience;
        for (var part : parts) {
            try {
                part.put(waits, run);
            } catch (ProblemException e) {
                throw changed().isEmpty() || parts.size() == 1 ? e : new GroupRestoreException(part, e, changed());
            }
            waits = run.job().spec().deadline();
        }
    }

    private List<RestorePart> changed() {
        return parts.stream().filter(RestorePart::targetChanged).toList();
    }

    List<Map<String, Object>> results() {
        return parts.stream().map(RestorePart::result).toList();
    }

    /** All of them, also when one fails. */
    @Override
    public void close() {
        close(0);
    }

    private void close(int first) {
        if (first < parts.size()) {
            try (var part = parts.get(first)) {
                close(first + 1);
            }
        }
    }
}
