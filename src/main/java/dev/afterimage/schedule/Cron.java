package dev.afterimage.schedule;

import java.time.LocalDateTime;
import java.time.temporal.Temporal;
import java.util.Optional;
import java.util.regex.Pattern;
import org.springframework.scheduling.support.CronExpression;

/**
 * Times of the wall clock that come again and again, written as Unix does: minute, hour, day of month, month, day of week; or
 * with a field for the second before them; or as one of {@code @hourly}, {@code @daily}, {@code @weekly}, {@code @monthly} and
 * {@code @yearly}. What may stand in the fields is told by {@link CronExpression#parse}.
 */
public final class Cron {

    private static final LocalDateTime ANY_TIME = LocalDateTime.of(2000, 1, 1, 0, 0);

    private static final Pattern SPACES = Pattern.compile("\\s+");
    private static final int HOUR = 2;
    private static final int DAY_OF_MONTH = 3;
    private static final int DAY_OF_WEEK = 5;

    private final String text;
    private final CronExpression expression;
    private final boolean followsTheHours;

    /** @throws IllegalArgumentException when it is none, or a time that never comes; the message tells what it must be */
    public static Cron parse(String text) {
        var fields = SPACES.split(text.strip(), -1);
        return switch (fields.length) {
            case 1 -> new Cron(text, fields[0], fields[0].equalsIgnoreCase("@hourly"));
            case 5 -> ofUnix(text, "0 " + String.join(" ", fields));
            case 6 -> new Cron(text, String.join(" ", fields), isEachHour(fields[HOUR]));
            default ->
                throw new IllegalArgumentException(
                        "must have five fields (minute, hour, day of month, month, day of week), or six with the second first");
        };
    }

    /** Unix takes days that match either field, and six fields those that match both. */
    private static Cron ofUnix(String text, String six) {
        var fields = SPACES.split(six, -1);
        if (isRestricted(fields[DAY_OF_MONTH]) && isRestricted(fields[DAY_OF_WEEK])) {
            throw new IllegalArgumentException(
                    "must not restrict both day of month and day of week; in six fields that is possible, and means both");
        }
        return new Cron(text, six, isEachHour(fields[HOUR]));
    }

    private static boolean isEachHour(String field) {
        return field.equals("*") || field.equals("*/1");
    }

    private static boolean isRestricted(String field) {
        return !field.equals("*") && !field.equals("?");
    }

    private Cron(String text, String expression, boolean followsTheHours) {
        this.text = text;
        this.followsTheHours = followsTheHours;
        try {
            this.expression = CronExpression.parse(expression);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("is not a cron expression: " + e.getMessage(), e);
        }
        if (next(ANY_TIME).isEmpty()) {
            throw new IllegalArgumentException("must be a time that comes");
        }
    }

    /** As it was written. */
    public String text() {
        return text;
    }

    /** The first of these times after another; empty if there is none in reach. */
    <T extends Temporal & Comparable<? super T>> Optional<T> next(T after) {
        return Optional.ofNullable(expression.next(after));
    }

    /** Whether it is meant for each hour, not for certain hours of the day, which each second one is too. */
    boolean followsTheHours() {
        return followsTheHours;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cron cron && cron.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
