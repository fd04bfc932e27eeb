package dev.afterimage.api.fields;

import dev.afterimage.catalog.snapshots.Age;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.TypeMismatchException;
import org.springframework.core.MethodParameter;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.Errors;
import org.springframework.validation.FieldError;
import org.springframework.validation.ObjectError;
import org.springframework.validation.method.ParameterErrors;
import org.springframework.validation.method.ParameterValidationResult;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Tells from the framework's exceptions which fields of a request are wrong, in words for users. */
public final class InvalidFields {

    private static final Map<Class<?>, String> EXPECTED = Map.ofEntries(
            Map.entry(String.class, "must be a string"),
            Map.entry(Boolean.class, "must be true or false"),
            Map.entry(boolean.class, "must be true or false"),
            Map.entry(Integer.class, "must be a whole number"),
            Map.entry(int.class, "must be a whole number"),
            Map.entry(Long.class, "must be a whole number"),
            Map.entry(UUID.class, "must be a UUID"),
            Map.entry(Instant.class, TimeText.EXPECTED),
            Map.entry(StateName.class, StateName.EXPECTED),
            Map.entry(Duration.class, "must be a duration such as 30s, 5m, 2h or PT30S"),
            Map.entry(
                    Age.class,
                    "must be an age above zero, at most 1000 years, such as 12h, 30d, 8w, 1y, or P6M for months"),
            Map.entry(ZoneId.class, "must be a time zone such as UTC or Europe/Berlin"),
            Map.entry(DataSize.class, "must be a number of bytes, or a size such as 512KB or 50MB"));

    /** Where Jackson has read from, of which it tells nothing. */
    private static final Pattern SOURCE =
            Pattern.compile(" ?\\(start marker at \\[Source:[^]]*]\\)| ?\\[Source:[^]]*]");

    private InvalidFields() {}

    public static List<InvalidField> of(Errors errors) {
        return errors.getAllErrors().stream()
                .map(InvalidFields::of)
                .sorted(Comparator.comparing(InvalidField::field))
                .toList();
    }

    private static InvalidField of(ObjectError error) {
        var field = error instanceof FieldError named ? named.getField() : "";
        if (error.contains(TypeMismatchException.class)) {
            var type = error.unwrap(TypeMismatchException.class).getRequiredType();
            return new InvalidField(field, type == null ? "cannot be understood" : expected(type));
        }
        return new InvalidField(field, message(error.getDefaultMessage()));
    }

    public static List<InvalidField> of(HandlerMethodValidationException invalid) {
        return invalid.getParameterValidationResults().stream()
                .flatMap(InvalidFields::of)
                .toList();
    }

    private static Stream<InvalidField> of(ParameterValidationResult result) {
        if (result instanceof ParameterErrors errors) {
            return of((Errors) errors).stream();
        }
        var name = name(result.getMethodParameter());
        return result.getResolvableErrors().stream()
                .map(error -> new InvalidField(name, message(error.getDefaultMessage())));
    }

    private static String name(MethodParameter parameter) {
        var header = parameter.getParameterAnnotation(RequestHeader.class);
        return header == null ? Objects.requireNonNullElse(parameter.getParameterName(), "") : header.name();
    }

    public static List<InvalidField> of(TypeMismatchException mismatch) {
        var name = mismatch instanceof MethodArgumentTypeMismatchException argument ? argument.getName() : "";
        var type = mismatch.getRequiredType();
        return List.of(new InvalidField(name, type == null ? "cannot be understood" : expected(type)));
    }

    public static List<InvalidField> of(HttpMessageNotReadableException unreadable) {
        return List.of(
                unreadable.getCause() instanceof JacksonException e
                        ? new InvalidField(path(e), expected(e))
                        : new InvalidField("", "must be one JSON object"));
    }

    private static String expected(JacksonException e) {
        if (e instanceof UnrecognizedPropertyException unknown) {
            return "is not known; known are " + names(unknown);
        }
        if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
            return expected(mismatch.getTargetType());
        }
        return e instanceof StreamReadException ? "is not JSON: " + where(e) : "is not the JSON that is expected";
    }

    private static String path(JacksonException e) {
        var path = new StringBuilder();
        for (var step : e.getPath()) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return path.toString();
    }

    private static String names(UnrecognizedPropertyException e) {
        Collection<Object> known = e.getKnownPropertyIds();
        return known == null
                ? "none"
                : known.stream().map(String::valueOf).sorted().collect(Collectors.joining(", "));
    }

    private static String where(JacksonException e) {
        var location = e.getLocation();
        return "%s (line %d, column %d)"
                .formatted(
                        SOURCE.matcher(e.getOriginalMessage()).replaceAll(""),
                        location == null ? 0 : location.getLineNr(),
                        location == null ? 0 : location.getColumnNr());
    }

    private static String expected(Class<?> type) {
        if (type.isEnum()) {
            return "must be one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(String::valueOf)
                            .collect(Collectors.joining(", "));
        }
        if (Map.class.isAssignableFrom(type)) {
            return "must be an object whose values are strings";
        }
        return EXPECTED.getOrDefault(type, type.isRecord() ? "must be one JSON object" : "has a wrong type");
    }

    private static String message(@Nullable String message) {
        return message == null ? "is not valid" : message;
    }
}
