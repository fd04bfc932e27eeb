package dev.afterimage.api.fields;

import org.springframework.util.unit.DataSize;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdScalarDeserializer;

/** Numbers of bytes as requests write them: a number, or text such as {@code 512KB} or {@code 50MB} (powers of 1024). */
public final class BytesText extends StdScalarDeserializer<Long> {

    BytesText() {
        super(DataSize.class);
    }

    @Override
    public Long deserialize(JsonParser parser, DeserializationContext context) {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            return parser.getLongValue();
        }
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            return (Long) context.handleUnexpectedToken(DataSize.class, parser);
        }
        try {
            return DataSize.parse(parser.getString()).toBytes();
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw context.weirdStringException(parser.getString(), DataSize.class, "not a size");
        }
    }
}
