package dev.afterimage.api.fields;

import dev.afterimage.catalog.snapshots.Age;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.module.SimpleModule;

/** How the fields of requests write times, durations, ages, zones and ids: as text, and in one way each. */
@Configuration(proxyBeanMethods = false)
class FieldValues {

    @Bean
    JacksonModule valuesAsText() {
        return new SimpleModule("values as text")
                .addDeserializer(Duration.class, new Text<>(Duration.class, DurationText::parse))
                .addDeserializer(Instant.class, new Text<>(Instant.class, TimeText::parse))
                .addDeserializer(Age.class, new Text<>(Age.class, Age::parse))
                .addDeserializer(ZoneId.class, new Text<>(ZoneId.class, ZoneId::of))
                .addDeserializer(UUID.class, new Text<>(UUID.class, IdText::parse));
    }

    /** A JSON string that a function understands; anything else is refused. */
    private static final class Text<T> extends StdScalarDeserializer<T> {

        private final Class<T> type;
        private final transient Function<String, T> parse;

        Text(Class<T> type, Function<String, T> parse) {
            super(type);
            this.type = type;
            this.parse = parse;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) {
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                return type.cast(context.handleUnexpectedToken(type, parser));
            }
            try {
                return parse.apply(parser.getString());
            } catch (IllegalArgumentException | DateTimeException e) {
                throw context.weirdStringException(parser.getString(), type, "not understood");
            }
        }
    }
}
