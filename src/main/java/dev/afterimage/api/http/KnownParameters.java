package dev.afterimage.api.http;

import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.problem.ProblemException;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Refuses query parameters that the operation does not have, as unknown fields of a body are refused, and those that say nothing
 * or are said twice: {@code ?dryrun=true}, {@code ?dryRun} and {@code ?dryRun=false&dryRun=true} would really restore.
 */
@Component
public class KnownParameters implements HandlerInterceptor {

    /** As it is sent. Conversion takes it for a value that is not given. */
    private static final Pattern BLANK = Pattern.compile("(?:\\+|%20|%[01]\\p{XDigit})*");

    private final Map<Method, Known> known = new ConcurrentHashMap<>();

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        if (request.getDispatcherType() == DispatcherType.REQUEST // the page of an error has the query of what failed
                && handler instanceof HandlerMethod operation
                && operation.hasMethodAnnotation(Needs.class)) {
            known.computeIfAbsent(operation.getMethod(), _ -> Known.of(operation))
                    .requireIn(query(request));
        }
        return true;
    }

    /** As it was sent: only the body has form parameters, and a body's type is refused elsewhere. */
    private static Map<String, List<@Nullable String>> query(HttpServletRequest request) {
        return UriComponentsBuilder.newInstance()
                .query(request.getQueryString())
                .build()
                .getQueryParams();
    }

    /**
     * What an operation has.
     *
     * @param bound by Spring, sorted; once at most
     * @param read by the operation itself, and only described, since there may be many of a name
     */
    private record Known(List<String> bound, List<String> read) {

        static Known of(HandlerMethod operation) {
            var bound = Arrays.stream(operation.getMethodParameters()).flatMap(Known::names);
            var read = Stream.ofNullable(operation.getMethodAnnotation(Operation.class))
                    .flatMap(description -> Arrays.stream(description.parameters()))
                    .filter(parameter -> parameter.in() == ParameterIn.QUERY)
                    .map(Parameter::name);
            return new Known(bound.sorted().toList(), read.toList());
        }

        private static Stream<String> names(MethodParameter parameter) {
            if (parameter.hasParameterAnnotation(ModelAttribute.class)) {
                return Arrays.stream(parameter.getParameterType().getRecordComponents())
                        .map(RecordComponent::getName);
            }
            return parameter.hasParameterAnnotation(RequestParam.class)
                    ? Stream.ofNullable(parameter.getParameterName())
                    : Stream.empty();
        }

        void requireIn(Map<String, List<@Nullable String>> query) {
            var invalid = new TreeMap<>(query)
                    .entrySet().stream()
                            .flatMap(parameter -> invalid(parameter.getKey(), parameter.getValue()).stream())
                            .toList();
            if (!invalid.isEmpty()) {
                throw new ProblemException(InvalidField.problem(invalid));
            }
        }

        private Optional<InvalidField> invalid(String name, List<@Nullable String> values) {
            if (!bound.contains(name) && !read.contains(name)) {
                return Optional.of(new InvalidField(name, "is not known; " + toChooseFrom()));
            }
            if (values.stream()
                    .anyMatch(value -> value == null || BLANK.matcher(value).matches())) {
                return Optional.of(new InvalidField(name, "must have a value, or be left out"));
            }
            return values.size() > 1 && !read.contains(name)
                    ? Optional.of(new InvalidField(name, "must be given only once"))
                    : Optional.empty();
        }

        private String toChooseFrom() {
            var all = Stream.concat(bound.stream(), read.stream()).sorted().toList();
            return all.isEmpty() ? "there are no query parameters here" : "known are " + String.join(", ", all);
        }
    }
}
