package dev.afterimage.limits;

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
     * @throws LimitException.OfCaller when the caller has as many as it may have
     * @throws LimitException.OfService when there is none left
     */
    synchronized Place take(String caller) {
        int own = takenBy.getOrDefault(caller, 0);
        if (own >= limitOfCaller) {
            throw new LimitException.OfCaller(what, limitOfCaller);
        }
        if (taken >= limit) {
            throw new LimitException.OfService(what, limit);
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
