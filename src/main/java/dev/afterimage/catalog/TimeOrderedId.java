package dev.afterimage.catalog;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ids that sort by the time they were made: UUID version 7 of
 * <a href="https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7">RFC 9562</a>, with the fraction of the
 * millisecond in {@code rand_a} (its method 3). Each id is greater than the one before, also when the clock has gone back, and after a start
 * ({@link IdsContinue}): so the ids that the catalog gets are a sequence, and its lists are ordered by them.
 */
public final class TimeOrderedId {

    private static final int FRACTIONS_PER_MILLI = 1 << 12;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final AtomicLong LAST = new AtomicLong();

    private TimeOrderedId() {}

    public static UUID next(Clock clock) {
        return of(LAST.accumulateAndGet(ticks(clock.instant()), (last, wanted) -> Math.max(last + 1, wanted)));
    }

    /** An id that sorts as if it had been made at the moment, which may be long ago; another one each time. */
    public static UUID at(Instant moment) {
        return of(ticks(moment));
    }

    /** No id that was made at the moment or later is less than this. */
    public static UUID lowest(Instant moment) {
        return new UUID(moment.toEpochMilli() << 16, 0);
    }

    /**
     * Makes all that {@link #next} makes from now on greater than an id that it has made before, in an earlier process, whose clock may have
     * been ahead.
     */
    static void continueAfter(UUID id) {
        LAST.accumulateAndGet(
                id.getMostSignificantBits() >>> 16 << 12 | id.getMostSignificantBits() & 0xFFF, Math::max);
    }

    /** The time that it has in it, in milliseconds since 1970. */
    public static long millis(UUID id) {
        return id.getMostSignificantBits() >>> 16;
    }

    private static long ticks(Instant moment) {
        long nanosOfMilli = moment.getNano() % 1_000_000;
        return moment.toEpochMilli() * FRACTIONS_PER_MILLI + nanosOfMilli * FRACTIONS_PER_MILLI / 1_000_000;
    }

    private static UUID of(long ticks) {
        long high = (ticks >>> 12) << 16 | 0x7000 | (ticks & 0xFFF);
        long low = RANDOM.nextLong() >>> 2 | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }
}
