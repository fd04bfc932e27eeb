package dev.afterimage.catalog.snapshots;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import org.jspecify.annotations.Nullable;

/** Spans of time of which a policy keeps the newest snapshot, the shortest first. */
public enum Span {
    HOUR,
    DAY,
    WEEK,
    MONTH,
    YEAR;

    /** Of how many of them the policy keeps one; null when it has no such rule. */
    public @Nullable Integer kept(RetentionPolicy policy) {
        return switch (this) {
            case HOUR -> policy.hourly();
            case DAY -> policy.daily();
            case WEEK -> policy.weekly();
            case MONTH -> policy.monthly();
            case YEAR -> policy.yearly();
        };
    }

    /** When the one began that has the moment. Where clocks go back, an hour comes twice. */
    public Instant begin(Instant moment, ZoneId zone) {
        var time = moment.atZone(zone);
        return switch (this) {
            case HOUR -> time.truncatedTo(ChronoUnit.HOURS).toInstant();
            case DAY -> begin(time.toLocalDate(), zone);
            case WEEK -> begin(time.toLocalDate().with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)), zone);
            case MONTH -> begin(time.toLocalDate().withDayOfMonth(1), zone);
            case YEAR -> begin(time.toLocalDate().withDayOfYear(1), zone);
        };
    }

    private static Instant begin(LocalDate firstDay, ZoneId zone) {
        return firstDay.atStartOfDay(zone).toInstant();
    }
}
