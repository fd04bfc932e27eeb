package dev.afterimage.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Refusals of requests of which nobody knows who sent them. Anybody can send as many as they like, so one entry of the audit
 * stands for all of an address within a minute, and one for all further addresses once there are many.
 */
@Component
public class Strangers {

    static final int MOST_ADDRESSES = 100;
    static final String OTHERS = "others";

    private static final Duration PERIOD = Duration.ofMinutes(1);

    private record Seen(UUID entryId, long times) {}

    private final Audit audit;
    private final Clock clock;
    private final Map<String, Seen> seen = new HashMap<>();
    private Instant since = Instant.EPOCH;

    Strangers(Audit audit, Clock clock) {
        this.audit = audit;
        this.clock = clock;
    }

    /** Records a refusal, or counts it with one that was recorded within the minute. Returns whether it was recorded. */
    public synchronized boolean refused(AuditEntry refusal) {
        var now = clock.instant();
        if (!now.isBefore(since.plus(PERIOD))) {
            settle();
            since = now;
        }
        var address = refusal.address();
        var counted = seen.containsKey(address) || seen.size() < MOST_ADDRESSES ? address : OTHERS;
        var before = seen.get(counted);
        if (before != null) {
            seen.put(counted, new Seen(before.entryId(), before.times() + 1));
            return false;
        }
        audit.add(refusal.from(counted));
        seen.put(counted, new Seen(refusal.id(), 1));
        return true;
    }

    /** Writes how many refusals each entry stands for. Who dies before that forgets a minute's numbers at most. */
    synchronized void settle() {
        seen.values().stream()
                .filter(some -> some.times() > 1)
                .forEach(some -> audit.count(some.entryId(), some.times()));
        seen.clear();
    }
}
