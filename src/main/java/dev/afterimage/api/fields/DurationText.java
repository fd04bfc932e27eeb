package dev.afterimage.api.fields;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.regex.Pattern;
import org.springframework.core.convert.converter.Converter;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdScalarDeserializer;

/** Durations as requests write them: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 2h}, {@code 1d}, or ISO 8601. */
public final class DurationText extends StdScalarDeserializer<Duration> implements Converter<String, Duration> {

    private static final Pattern SHORT = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    public DurationText() {
        super(Duration.class);
    }

    /** @throws IllegalArgumentException when it is not a duration */
    @Override
    public Duration convert(String text) {
        var parts = SHORT.matcher(text);
        if (!parts.matches()) {
            return iso(text);
        }
        long amount = Long.parseLong(parts.group(1));
        return switch (parts.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private static Duration iso(String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("'%s' is not a duration".formatted(text), e);
        }
    }

    @Override
    public Duration deserialize(JsonParser parser, DeserializationContext context) {
        if (!parser.currentToken().isScalarValue() || parser.currentToken().isNumeric()) {
            return (Duration) context.handleUnexpectedToken(Duration.class, parser);
        }
        try {
            return convert(parser.getString());
        } catch (IllegalArgumentException e) {
            throw context.weirdStringException(parser.getString(), Duration.class, "not a duration");
        }
    }
}
