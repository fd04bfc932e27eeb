package dev.afterimage.jobs.work;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.UUID;

/** Who runs hooks of which databases now: one after the other, or an application goes back to work while its database is read. */
final class HookTurns {

    private static final long LOOK_MILLIS = 100;

    private final IdentityHashMap<Object, Set<UUID>> taken = new IdentityHashMap<>();

    /** @return false when another one has the turn of one of the databases */
    synchronized boolean take(Object by, Collection<UUID> databases) {
        if (isTaken(databases)) {
            return false;
        }
        taken.put(by, new HashSet<>(databases));
        return true;
    }

    /**
     * Waits for it.
     *
     * @param meanwhile called each tenth of a second; when that throws, nothing is taken
     */
    synchronized void await(Object by, Collection<UUID> databases, Runnable meanwhile) throws InterruptedException {
        while (!take(by, databases)) {
            wait(LOOK_MILLIS);
            meanwhile.run();
        }
    }

    synchronized boolean isTaken(Collection<UUID> databases) {
        return taken.values().stream().anyMatch(others -> !Collections.disjoint(others, databases));
    }

    /** Also of who has none. */
    synchronized void end(Object by) {
        taken.remove(by);
        notifyAll();
    }
}
