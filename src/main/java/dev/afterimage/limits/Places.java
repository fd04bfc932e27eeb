package dev.afterimage.limits;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.HashMap;
import java.util.Map;

/** How many may do the same thing at once: in all, and of each caller. */
final class Places {

    private final String what;
    private final int limit;
    private final int limitOfCaller;
    private final Map<String, Integer> takenBy = new HashMap<>();
    private int taken;

    /** @param what they do, as a plural noun */
    Places(String what, int limit, int limitOfCaller) {
        this.what = what;
        this.limit = limit;
        this.limitOfCaller = limitOfCaller;
    }

    /**
     * Does not wait.
     *
     * @throws ProblemException TOO_MANY_REQUESTS when the caller has as many as it may have
     * @throws ProblemException SERVICE_BUSY when there is none left
     */
    synchronized Place take(String caller) {
        int own = takenBy.getOrDefault(caller, 0);
        if (own >= limitOfCaller) {
            throw new ProblemException(Problem.of(
                    ProblemCode.TOO_MANY_REQUESTS,
                    "You have %d %s at this moment, and may not have more".formatted(limitOfCaller, what)));
        }
        if (taken >= limit) {
            throw new ProblemException(Problem.of(
                    ProblemCode.SERVICE_BUSY,
                    "The service has %d %s at this moment, and takes no more".formatted(limit, what)));
        }
        takenBy.put(caller, own + 1);
        taken++;
        return new Place(() -> free(caller));
    }

    private synchronized void free(String caller) {
        takenBy.compute(caller, (name, own) -> own == null || own == 1 ? null : own - 1);
        taken--;
    }
}
