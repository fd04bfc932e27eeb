package dev.afterimage.api.fields;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Parts of a request are not what they must be. Nothing was changed. */
public final class InvalidRequestException extends ProblemException {

    private final transient List<InvalidField> errors;

    public InvalidRequestException(List<InvalidField> errors) {
        super(
                ProblemCode.INVALID_REQUEST,
                errors.stream()
                        .map(error -> (error.field().isEmpty() ? "The body" : "'" + error.field() + "'") + " "
                                + error.message())
                        .collect(Collectors.joining("; ")));
        this.errors = errors;
    }

    public InvalidRequestException(String field, String message) {
        this(List.of(new InvalidField(field, message)));
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("errors", errors);
    }
}
