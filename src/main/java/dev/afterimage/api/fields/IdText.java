package dev.afterimage.api.fields;

import java.util.UUID;
import java.util.regex.Pattern;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdScalarDeserializer;

/**
 * Ids as requests write them: the 36 characters of <a href="https://www.rfc-editor.org/rfc/rfc9562#section-4">RFC 9562</a>.
 * Java's own parser also takes shortened groups, and Jackson's takes Base64.
 */
public final class IdText extends StdScalarDeserializer<UUID> {

    public static final String PATTERN = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

    private static final Pattern RFC_9562 = Pattern.compile(PATTERN);

    IdText() {
        super(UUID.class);
    }

    /** @throws IllegalArgumentException when it is not an id */
    public static UUID parse(String text) {
        if (!RFC_9562.matcher(text).matches()) {
            throw new IllegalArgumentException("not a UUID");
        }
        return UUID.fromString(text);
    }

    @Override
    public UUID deserialize(JsonParser parser, DeserializationContext context) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            return (UUID) context.handleUnexpectedToken(UUID.class, parser);
        }
        try {
            return parse(parser.getString());
        } catch (IllegalArgumentException e) {
            throw context.weirdStringException(parser.getString(), UUID.class, "not a UUID");
        }
    }
}
