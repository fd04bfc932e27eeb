package dev.afterimage.api.fields;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What is wrong with one part of a request. */
@Schema(description = "What is wrong with one part of a request")
public record InvalidField(
        @Schema(description = "Path of the field, name of the parameter or header; empty for the body as a whole")
        String field,

        @Schema(description = "What it must be") String message) {

    /** A request has these, and nothing was changed. */
    public static Problem problem(List<InvalidField> errors) {
        var detail = errors.stream()
                .map(error -> (error.field.isEmpty() ? "The body" : "'" + error.field + "'") + " " + error.message)
                .collect(Collectors.joining("; "));
        return Problem.of(ProblemCode.INVALID_REQUEST, detail, Map.of("errors", errors));
    }

    /** The same of one, to be thrown. */
    public static ProblemException refused(String field, String message) {
        return new ProblemException(problem(List.of(new InvalidField(field, message))));
    }
}
