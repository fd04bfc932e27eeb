package dev.afterimage.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Optional;
import java.util.UUID;

/**
 * When something is due.
 *
 * @param zone of the wall clock that {@code cron} is about
 * @param jitter each database is due by a time of its own later, always the same one, from zero to less than this
 * @param paused it is never due
 */
public record Timing(Cron cron, ZoneId zone, Duration jitter, boolean paused) {

    /** When it is due next; empty while it is paused. */
    Optional<Instant> nextAfter(Instant now, UUID databaseId) {
        if (paused) {
            return Optional.empty();
        }
        var later = delay(databaseId);
        return nextAfter(now.minus(later)).map(due -> due.plus(later));
    }

    private Duration delay(UUID databaseId) {
        return jitter.isZero()
                ? Duration.ZERO
                : Duration.ofMillis(Long.remainderUnsigned(databaseId.getLeastSignificantBits(), jitter.toMillis()));
    }

    /**
     * Without delay. Where the wall clock jumps, times of certain hours come once all the same: 02:30 of a day that has no 02:30 comes
     * at 03:30, and of a day that has two of them at the first. What comes each hour goes on each hour.
     */
    private Optional<Instant> nextAfter(Instant now) {
        return cron.followsTheHours() ? nextInRealTime(now) : nextByWallClock(now);
    }

    private Optional<Instant> nextByWallClock(Instant now) {
        var local = cron.next(LocalDateTime.ofInstant(now, zone));
        while (local.isPresent() && !instant(local.get()).isAfter(now)) { // in the second of two equal hours
            local = cron.next(local.get());
        }
        return local.map(this::instant);
    }

    private Instant instant(LocalDateTime local) {
        return local.atZone(zone).toInstant();
    }

    private Optional<Instant> nextInRealTime(Instant now) {
        var rules = zone.getRules();
        var next = cron.next(now.atOffset(rules.getOffset(now)));
        var jump = rules.nextTransition(now);
        while (jump != null && next.isPresent() && !next.get().toInstant().isBefore(jump.getInstant())) {
            var wallClockThen = jump.getDateTimeAfter().minusNanos(1).atOffset(jump.getOffsetAfter());
            next = cron.next(wallClockThen);
            jump = rules.nextTransition(jump.getInstant());
        }
        return next.map(OffsetDateTime::toInstant);
    }
}
