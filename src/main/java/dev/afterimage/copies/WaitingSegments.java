package dev.afterimage.copies;

import dev.afterimage.repository.format.SegmentName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Which segments copies lack, as far as this process knows: those that could not be put at once, and wait for a job. What is lost with the process a list
 * finds, after each start.
 */
@Component
class WaitingSegments {

    /** Of one copy, so that the memory of a copy that is away for days has an end. */
    private static final int MOST = 50_000;

    /** Of a copy. */
    private static final class OfCopy {

        private final Map<UUID, SortedMap<SegmentName, Long>> waiting = new HashMap<>();
        private final Set<UUID> toList = new HashSet<>();
        private boolean compared;
        private boolean away;
        private int count;
    }

    private final Map<String, OfCopy> copies = new HashMap<>();

    private OfCopy of(String copy) {
        return copies.computeIfAbsent(copy, _ -> new OfCopy());
    }

    /** Whether a segment has to wait: the copy could not be reached, or an older one waits. Then it does. */
    synchronized boolean add(String copy, UUID databaseId, SegmentName name, long bytes) {
        var of = of(copy);
        boolean waits = of.away || of.toList.contains(databaseId) || of.waiting.containsKey(databaseId);
        if (waits) {
            put(of, databaseId, name, bytes);
        }
        return waits;
    }

    /** The copy could not be given a segment: nothing is tried there any more until a job has reached it. */
    synchronized void failed(String copy, UUID databaseId, SegmentName name, long bytes) {
        var of = of(copy);
        of.away = true;
        put(of, databaseId, name, bytes);
    }

    private static void put(OfCopy of, UUID databaseId, SegmentName name, long bytes) {
        if (of.toList.contains(databaseId)) {
            return;
        }
        if (of.count == MOST) {
            toList(of, databaseId);
            return;
        }
        of.waiting.computeIfAbsent(databaseId, _ -> new TreeMap<>()).put(name, bytes);
        of.count++;
    }

    private static void toList(OfCopy of, UUID databaseId) {
        of.toList.add(databaseId);
        var known = of.waiting.remove(databaseId);
        of.count -= known == null ? 0 : known.size();
    }

    /** Whether any waits. */
    synchronized boolean isAny(String copy) {
        var of = of(copy);
        return !of.waiting.isEmpty() || !of.toList.isEmpty();
    }

    /** A job has reached the copy. */
    synchronized void reached(String copy) {
        of(copy).away = false;
    }

    /** Whether all was compared since the start: before that nobody knows what else is lacking. */
    synchronized boolean isCompared(String copy) {
        return of(copy).compared;
    }

    /** What all databases lacked was looked for. */
    synchronized void compared(String copy) {
        of(copy).compared = true;
    }

    /** The databases of which any wait. */
    synchronized Set<UUID> databases(String copy) {
        var of = of(copy);
        var databases = new HashSet<>(of.waiting.keySet());
        databases.addAll(of.toList);
        return databases;
    }

    /** Whether what the copy lacks of a log is to be found by lists. */
    synchronized boolean isToList(String copy, UUID databaseId) {
        return of(copy).toList.contains(databaseId);
    }

    /** Takes out all that waits of a database: lists are about to find it. */
    synchronized void takeAll(String copy, UUID databaseId) {
        var of = of(copy);
        toList(of, databaseId);
        of.toList.remove(databaseId);
    }

    /** Takes out what waits of a database, with its bytes; what comes meanwhile waits for that. When nothing does, the next ones do not have to. */
    synchronized SortedMap<SegmentName, Long> take(String copy, UUID databaseId) {
        var of = of(copy);
        var taken = of.waiting.remove(databaseId);
        if (taken == null) {
            return new TreeMap<>();
        }
        of.count -= taken.size();
        if (!taken.isEmpty()) {
            of.waiting.put(databaseId, new TreeMap<>());
        }
        return taken;
    }

    /** A job has failed before it had copied what it took: who knows what is lacking? */
    synchronized void isUnknown(String copy, UUID databaseId) {
        toList(of(copy), databaseId);
    }
}
