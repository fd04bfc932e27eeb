package dev.afterimage.api.fields;

import dev.afterimage.catalog.snapshots.Age;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdScalarDeserializer;

/** Ages as requests write them; see {@link Age#parse}. */
public final class AgeText extends StdScalarDeserializer<Age> {

    public static final String EXPECTED =
            "must be an age above zero, at most 1000 years, such as 12h, 30d, 8w, 1y, or P6M for months";

    AgeText() {
        super(Age.class);
    }

    @Override
    public Age deserialize(JsonParser parser, DeserializationContext context) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            return (Age) context.handleUnexpectedToken(Age.class, parser);
        }
        try {
            return Age.parse(parser.getString());
        } catch (IllegalArgumentException e) {
            throw context.weirdStringException(parser.getString(), Age.class, EXPECTED);
        }
    }
}
