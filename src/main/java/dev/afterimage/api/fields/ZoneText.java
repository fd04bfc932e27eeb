package dev.afterimage.api.fields;

import java.time.DateTimeException;
import java.time.ZoneId;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdScalarDeserializer;

/** Time zones as requests write them: a name of the IANA database, or an offset such as {@code +02:00}. */
public final class ZoneText extends StdScalarDeserializer<ZoneId> {

    public static final String EXPECTED = "must be a time zone such as UTC or Europe/Berlin";

    ZoneText() {
        super(ZoneId.class);
    }

    @Override
    public ZoneId deserialize(JsonParser parser, DeserializationContext context) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            return (ZoneId) context.handleUnexpectedToken(ZoneId.class, parser);
        }
        try {
            return ZoneId.of(parser.getString());
        } catch (DateTimeException e) {
            throw context.weirdStringException(parser.getString(), ZoneId.class, EXPECTED);
        }
    }
}
