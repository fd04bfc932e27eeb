package dev.afterimage.api.openapi;

import static dev.afterimage.problem.ProblemCode.CROSS_ORIGIN;
import static dev.afterimage.problem.ProblemCode.IDEMPOTENCY_MISMATCH;
import static dev.afterimage.problem.ProblemCode.INTERNAL_ERROR;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.NOT_ACCEPTABLE;
import static dev.afterimage.problem.ProblemCode.REQUEST_TOO_LARGE;
import static dev.afterimage.problem.ProblemCode.REQUEST_TOO_SLOW;
import static dev.afterimage.problem.ProblemCode.SERVICE_BUSY;
import static dev.afterimage.problem.ProblemCode.STORAGE_FULL;
import static dev.afterimage.problem.ProblemCode.TOO_MANY_REQUESTS;
import static dev.afterimage.problem.ProblemCode.UNSUPPORTED_MEDIA_TYPE;

import dev.afterimage.access.Scope;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.ProblemJson;
import dev.afterimage.api.http.Problems;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.responses.ApiResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.customizers.OperationCustomizer;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.method.HandlerMethod;

/** Documents the problems with which each operation may answer: those of its {@link Problems}, and those of all. */
@Component
class ProblemResponses implements OperationCustomizer, OpenApiCustomizer {

    private static final String PROBLEM = "application/problem+json";

    @Override
    public Operation customize(Operation operation, HandlerMethod method) {
        codes(operation, method).stream()
                .collect(Collectors.groupingBy(ProblemCode::status, TreeMap::new, Collectors.toList()))
                .forEach((status, codes) ->
                        operation.getResponses().addApiResponse(String.valueOf(status), response(codes)));
        return operation;
    }

    private static EnumSet<ProblemCode> codes(Operation operation, HandlerMethod method) {
        var codes = EnumSet.of(NOT_ACCEPTABLE, TOO_MANY_REQUESTS, INTERNAL_ERROR);
        var needs = Objects.requireNonNull(method.getMethodAnnotation(Needs.class));
        boolean changes = changes(method);
        if (!needs.everybody()) {
            codes.addAll(AccessDescriptions.REFUSALS);
        }
        if (changes) {
            codes.add(CROSS_ORIGIN);
        }
        var declared = method.getMethodAnnotation(Problems.class);
        if (declared != null) {
            codes.addAll(List.of(declared.value()));
        }
        if (needs.value() != Scope.READ && changes) {
            codes.add(STORAGE_FULL); // each change is noted in the audit before it begins
        }
        if (operation.getRequestBody() != null) {
            codes.addAll(List.of(INVALID_REQUEST, UNSUPPORTED_MEDIA_TYPE, REQUEST_TOO_LARGE, REQUEST_TOO_SLOW));
        }
        if (codes.contains(IDEMPOTENCY_MISMATCH)) { // it submits a job
            codes.add(SERVICE_BUSY);
        }
        return codes;
    }

    private static boolean changes(HandlerMethod method) {
        var mapped = Objects.requireNonNull(
                AnnotatedElementUtils.getMergedAnnotation(method.getMethod(), RequestMapping.class));
        return Stream.of(mapped.method()).noneMatch(name -> name == RequestMethod.GET || name == RequestMethod.HEAD);
    }

    private static ApiResponse response(List<ProblemCode> codes) {
        var media = new MediaType().schema(reference("Problem"));
        codes.forEach(code -> media.addExamples(code.name(), new Example().$ref(code.name())));
        var response = new ApiResponse()
                .description(codes.stream().map(Enum::name).collect(Collectors.joining(", ")))
                .content(new Content().addMediaType(PROBLEM, media));
        return codes.stream().anyMatch(ProblemCode::passesByItself)
                ? response.addHeaderObject(HttpHeaders.RETRY_AFTER, OpenApiDocument.seconds("After which to try again"))
                : response;
    }

    /** Adds what operations share: the answers themselves, an example of each problem, and their schema. */
    @Override
    public void customise(OpenAPI api) {
        api.getPaths().values().stream()
                .flatMap(path -> path.readOperations().stream())
                .forEach(operation ->
                        operation.getResponses().replaceAll((status, answer) -> shared(api, status, answer)));
        describeProblems(api);
    }

    private static ApiResponse shared(OpenAPI api, String status, ApiResponse answer) {
        if (answer.getContent() == null || !answer.getContent().containsKey(PROBLEM)) {
            return answer;
        }
        var name = status + "." + answer.getDescription().replace(", ", ".");
        api.getComponents().addResponses(name, answer);
        return new ApiResponse().$ref("#/components/responses/" + name);
    }

    /** Their schema also has what is there only sometimes. */
    private static void describeProblems(OpenAPI api) {
        for (var code : ProblemCode.values()) {
            api.getComponents().addExamples(code.name(), new Example().value(example(code)));
        }
        var schemas = api.getComponents().getSchemas();
        schemas.putAll(ModelConverters.getInstance(true).read(InvalidField.class));
        Objects.requireNonNull(schemas.get("Problem"))
                .addProperty(
                        "errors",
                        new JsonSchema()
                                .items(reference("InvalidField"))
                                .typesItem("array")
                                .description("Of INVALID_REQUEST: what is wrong with which part of the request"))
                .additionalProperties(true);
    }

    private static ProblemJson example(ProblemCode code) {
        var properties = code == INVALID_REQUEST
                ? Map.<String, Object>of("errors", List.of(new InvalidField("field", "What it must be")))
                : Map.<String, Object>of();
        var problem = Problem.of(code, "What happened this time", properties);
        return ProblemJson.of(problem, "/api/v1/path/of/the/request");
    }

    private static JsonSchema reference(String schema) {
        var reference = new JsonSchema();
        reference.set$ref("#/components/schemas/" + schema);
        return reference;
    }
}
