package dev.afterimage.api.fields;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Times as requests write them: text as <a href="https://www.rfc-editor.org/rfc/rfc3339#section-5.6">RFC 3339</a> has it, of
 * the years 1970 to 9999 in UTC, which the catalog can store and answers can write in the same way.
 */
public final class TimeText {

    public static final String EXPECTED = "must be a time such as 2026-01-31T12:00:00Z, of the years 1970 to 9999";

    private static final Pattern RFC_3339 =
            Pattern.compile("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})");
    private static final Instant YEAR_10000 = Instant.parse("+10000-01-01T00:00:00Z");

    private TimeText() {}

    /** @throws IllegalArgumentException when it is not such a time */
    public static Instant parse(String text) {
        var upper = text.toUpperCase(Locale.ROOT);
        if (!RFC_3339.matcher(upper).matches()) {
            throw new IllegalArgumentException(EXPECTED);
        }
        var time = parsed(upper);
        if (time.isBefore(Instant.EPOCH) || !time.isBefore(YEAR_10000)) {
            throw new IllegalArgumentException(EXPECTED);
        }
        return time;
    }

    private static Instant parsed(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(EXPECTED, e);
        }
    }
}
