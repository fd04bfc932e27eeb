package dev.afterimage.api.http;

import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.problem.ProblemException;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.core.MethodParameter;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Refuses query parameters that the operation does not have, as unknown fields of a body are refused: {@code ?dryrun=true}
 * would really restore.
 */
@Component
public class KnownParameters implements HandlerInterceptor {

    private final Map<Method, List<String>> known = new ConcurrentHashMap<>();

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        if (handler instanceof HandlerMethod operation && operation.hasMethodAnnotation(Needs.class)) {
            requireKnown(request, known.computeIfAbsent(operation.getMethod(), _ -> namesOf(operation)));
        }
        return true;
    }

    private static void requireKnown(HttpServletRequest request, List<String> known) {
        var unknown = new TreeSet<>(namesIn(request));
        known.forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            var message = known.isEmpty()
                    ? "is not known; there are no query parameters here"
                    : "is not known; known are " + String.join(", ", known);
            throw new ProblemException(InvalidField.problem(unknown.stream()
                    .map(name -> new InvalidField(name, message))
                    .toList()));
        }
    }

    /** As they were sent: only the body has form parameters, and a body's type is refused elsewhere. */
    private static Set<String> namesIn(HttpServletRequest request) {
        return UriComponentsBuilder.newInstance()
                .query(request.getQueryString())
                .build()
                .getQueryParams()
                .keySet();
    }

    /** Sorted: those that Spring binds, and those that are only described because the operation reads them itself. */
    private static List<String> namesOf(HandlerMethod operation) {
        var bound = Arrays.stream(operation.getMethodParameters()).flatMap(KnownParameters::namesOf);
        var described = Stream.ofNullable(operation.getMethodAnnotation(Operation.class))
                .flatMap(description -> Arrays.stream(description.parameters()))
                .filter(parameter -> parameter.in() == ParameterIn.QUERY)
                .map(Parameter::name);
        return Stream.concat(bound, described).sorted().toList();
    }

    private static Stream<String> namesOf(MethodParameter parameter) {
        if (parameter.hasParameterAnnotation(ParameterObject.class)) {
            return Arrays.stream(parameter.getParameterType().getRecordComponents())
                    .map(RecordComponent::getName);
        }
        return parameter.hasParameterAnnotation(RequestParam.class)
                ? Stream.ofNullable(parameter.getParameterName())
                : Stream.empty();
    }
}
