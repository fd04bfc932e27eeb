package dev.afterimage.repository.read;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Which copies of the repository had to help somebody who read a snapshot, since this process began. Safe for several threads. */
public final class CopyReads {

    /** The last time. */
    public record Last(Set<String> copies, Instant at) {}

    private final Map<String, LongAdder> reads = new ConcurrentHashMap<>();
    private final Clock clock;
    private volatile @Nullable Last last;

    public CopyReads(Clock clock) {
        this.clock = clock;
    }

    /** Somebody has read a snapshot, with the help of these. */
    void note(Set<String> copies) {
        if (!copies.isEmpty()) {
            copies.forEach(
                    copy -> reads.computeIfAbsent(copy, _ -> new LongAdder()).increment());
            last = new Last(Set.copyOf(copies), clock.instant());
        }
    }

    /** How many snapshots were read with the help of a copy. */
    public long of(String copy) {
        var count = reads.get(copy);
        return count == null ? 0 : count.sum();
    }

    public Optional<Last> last() {
        return Optional.ofNullable(last);
    }
}
