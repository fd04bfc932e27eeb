package dev.afterimage.api.openapi;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverter;
import io.swagger.v3.core.converter.ModelConverterContext;
import io.swagger.v3.core.util.Json31;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import java.lang.reflect.RecordComponent;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Tells in the OpenAPI document what our records tell: what is not nullable is required, anything else may be null. */
@Component
class RecordSchemas implements ModelConverter {

    private static final String API = "dev.afterimage.api.";

    @Override
    public @Nullable Schema<?> resolve(
            AnnotatedType type, ModelConverterContext context, Iterator<ModelConverter> chain) {
        if (!chain.hasNext()) {
            return null;
        }
        Schema<?> resolved = chain.next().resolve(type, context, chain);
        var raw = Json31.mapper().constructType(type.getType()).getRawClass();
        if (resolved != null && raw.isRecord() && raw.getPackageName().startsWith(API)) {
            describe(raw, named(resolved, context));
        }
        return resolved;
    }

    private static Schema<?> named(Schema<?> resolved, ModelConverterContext context) {
        var reference = resolved.get$ref();
        return reference == null
                ? resolved
                : Objects.requireNonNull(
                        context.getDefinedModels().get(reference.substring(reference.lastIndexOf('/') + 1)));
    }

    private static void describe(Class<?> type, Schema<?> schema) {
        boolean nullsAreAbsent = type.isAnnotationPresent(JsonInclude.class);
        for (var component : type.getRecordComponents()) {
            var property = schema.getProperties() == null
                    ? null
                    : schema.getProperties().get(component.getName());
            if (property == null) {
                continue; // hidden
            }
            if (!optional(component)) {
                require(schema, component.getName());
            } else if (!nullsAreAbsent) {
                schema.getProperties().put(component.getName(), orNull(property));
            }
        }
    }

    /** What may be left out: what may be null, and what has a default. */
    private static boolean optional(RecordComponent component) {
        var described = component.getAccessor().getAnnotation(io.swagger.v3.oas.annotations.media.Schema.class);
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class)
                || described != null && !described.defaultValue().isEmpty();
    }

    private static void require(Schema<?> schema, String name) {
        if (schema.getRequired() == null || !schema.getRequired().contains(name)) {
            schema.addRequiredItem(name);
        }
    }

    private static Schema<?> orNull(Schema<?> property) {
        if (property.get$ref() != null) {
            return new JsonSchema()
                    .oneOf(List.of(new JsonSchema().$ref(property.get$ref()), new JsonSchema().typesItem("null")))
                    .description(property.getDescription());
        }
        if (property.getTypes() != null && property.getTypes().add("null") && property.getEnum() != null) {
            addNull(property);
        }
        return property;
    }

    @SuppressWarnings("unchecked") // null is a value of every type
    private static void addNull(Schema<?> property) {
        ((List<@Nullable Object>) property.getEnum()).add(null);
    }
}
