package dev.afterimage.catalog.snapshots;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneId;
import java.util.regex.Pattern;

/**
 * How old something may be: above zero, at most a thousand years.
 *
 * @param days what is counted by the calendar of a time zone: years, months and days
 * @param time what is counted by the clock
 */
public record Age(Period days, Duration time) {

    private static final int MOST_YEARS = 1000;

    private static final Pattern SHORT = Pattern.compile("(\\d{1,9})([smhdwy])");
    private static final Pattern ISO = Pattern.compile("P((?:\\d{1,9}[YMWD])*)(T(?:\\d{1,9}[HMS])+)?");

    /** @throws IllegalArgumentException when it is out of range */
    public Age {
        if (days.isNegative() || time.isNegative() || days.isZero() && time.isZero()) {
            throw new IllegalArgumentException("An age must be above zero");
        }
        if (days.toTotalMonths() > MOST_YEARS * 12L
                || days.getDays() > MOST_YEARS * 366
                || time.toDays() > MOST_YEARS * 366L) {
            throw new IllegalArgumentException("An age must be at most %d years".formatted(MOST_YEARS));
        }
    }

    /**
     * An age as people write it: {@code 30m}, {@code 12h}, {@code 30d}, {@code 8w}, {@code 1y}, or ISO 8601 as
     * {@code P6M} (months) and {@code P1DT12H}.
     *
     * @throws IllegalArgumentException when it is none
     */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Age parse(String text) {
        try {
            var parts = SHORT.matcher(text);
            return parts.matches() ? of(Integer.parseInt(parts.group(1)), parts.group(2)) : iso(text);
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException("'%s' is not an age".formatted(text), e);
        }
    }

    private static Age of(int amount, String unit) {
        return switch (unit) {
            case "s" -> new Age(Period.ZERO, Duration.ofSeconds(amount));
            case "m" -> new Age(Period.ZERO, Duration.ofMinutes(amount));
            case "h" -> new Age(Period.ZERO, Duration.ofHours(amount));
            case "d" -> new Age(Period.ofDays(amount), Duration.ZERO);
            case "w" -> new Age(Period.ofWeeks(amount), Duration.ZERO);
            default -> new Age(Period.ofYears(amount), Duration.ZERO);
        };
    }

    private static Age iso(String text) {
        var parts = ISO.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("'%s' is not an age".formatted(text));
        }
        var days = parts.group(1).isEmpty() ? Period.ZERO : Period.parse("P" + parts.group(1));
        var time = parts.group(2) == null ? Duration.ZERO : Duration.parse("P" + parts.group(2));
        return new Age(days, time);
    }

    /** When what is of this age now was new. */
    public Instant before(Instant now, ZoneId zone) {
        return now.atZone(zone).minus(days).toInstant().minus(time);
    }

    /** As ISO 8601 has it. */
    @JsonValue
    @Override
    public String toString() {
        if (time.isZero()) {
            return days.toString();
        }
        return days.isZero() ? time.toString() : days + time.toString().substring(1);
    }
}
