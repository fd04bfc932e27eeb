package dev.afterimage.access;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * Refusals of requests that somebody may send as many of as they like: strangers, of whom nobody knows who they are, and callers
 * who look for what does not exist for them. One entry of the audit stands for all of a caller within a minute, or of a stranger's
 * address, and one for all further addresses once there are many.
 */
@Component
public class RepeatedRefusals {

    static final int MOST_ADDRESSES = 100;
    static final String OTHERS = "others";

    private static final Duration PERIOD = Duration.ofMinutes(1);

    private record Seen(UUID entryId, long times) {}

    private final Audit audit;
    private final Clock clock;
    private final Map<String, Seen> callers = new HashMap<>();
    private final Map<String, Seen> addresses = new HashMap<>();
    private Instant since = Instant.EPOCH;

    RepeatedRefusals(Audit audit, Clock clock) {
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
        if (refusal.callerId() != null) {
            return count(callers, refusal.callerId(), refusal);
        }
        var address = refusal.address();
        var counted = addresses.containsKey(address) || addresses.size() < MOST_ADDRESSES ? address : OTHERS;
        return count(addresses, counted, refusal.from(counted));
    }

    private boolean count(Map<String, Seen> seen, String whose, AuditEntry refusal) {
        var before = seen.get(whose);
        if (before != null) {
            seen.put(whose, new Seen(before.entryId(), before.times() + 1));
            return false;
        }
        audit.add(refusal);
        seen.put(whose, new Seen(refusal.id(), 1));
        return true;
    }

    /** Writes how many refusals each entry stands for. Who dies before that forgets a minute's numbers at most. */
    synchronized void settle() {
        Stream.of(callers, addresses)
                .flatMap(seen -> seen.values().stream())
                .filter(some -> some.times() > 1)
                .forEach(some -> audit.count(some.entryId(), some.times()));
        callers.clear();
        addresses.clear();
    }
}
