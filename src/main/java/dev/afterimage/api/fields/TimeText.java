package dev.afterimage.api.fields;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.regex.Pattern;
import org.springframework.core.convert.converter.Converter;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdScalarDeserializer;

/**
 * Times as requests write them: text as <a href="https://www.rfc-editor.org/rfc/rfc3339#section-5.6">RFC 3339</a> has it, of
 * the years 1970 to 9999 in UTC, which the catalog can store and answers can write in the same way.
 */
public final class TimeText extends StdScalarDeserializer<Instant> implements Converter<String, Instant> {

    public static final String EXPECTED = "must be a time such as 2026-01-31T12:00:00Z, of the years 1970 to 9999";

    private static final Pattern RFC_3339 =
            Pattern.compile("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})");
    private static final Instant YEAR_10000 = Instant.parse("+10000-01-01T00:00:00Z");

    public TimeText() {
        super(Instant.class);
    }

    /** @throws IllegalArgumentException when it is not such a time */
    @Override
    public Instant convert(String text) {
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

    @Override
    public Instant deserialize(JsonParser parser, DeserializationContext context) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            return (Instant) context.handleUnexpectedToken(Instant.class, parser);
        }
        try {
            return convert(parser.getString());
        } catch (IllegalArgumentException e) {
            throw context.weirdStringException(parser.getString(), Instant.class, EXPECTED);
        }
    }
}
