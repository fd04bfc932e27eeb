package dev.afterimage.api.http;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Locale;
import java.util.Map;

/**
 * A problem as <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a> writes it, in an error answer and in a failed
 * job.
 */
@Schema(
        name = "Problem",
        description = "What went wrong (RFC 9457). Some codes have further fields, such as `errors` or `holders`.")
public record ProblemJson(
        @Schema(description = "Where this code is explained", example = "/docs/errors.md#database_not_found")
        String type,

        @Schema(description = "The code in words", example = "Database not found")
        String title,

        @Schema(description = "The HTTP status of an answer with this code", example = "404")
        int status,

        @Schema(description = "What happened this time", example = "No database is registered as 'app'")
        String detail,

        @Schema(
                description = "The path that was asked for; of a defect, the id under which the service's log has it",
                example = "/api/v1/databases/app")
        String instance,

        @Schema(description = "For scripts: stable, one of the list in docs/errors.md", example = "DATABASE_NOT_FOUND")
        ProblemCode code,

        @Schema(description = "Whether the same request may succeed later", example = "false")
        boolean retryable,

        @Schema(description = "What to do about it", example = "GET /api/v1/databases lists what is registered.")
        String hint,

        @JsonAnyGetter @Schema(hidden = true) Map<String, Object> properties) {

    public static final String DOCUMENT = "/docs/errors.md";

    public static ProblemJson of(Problem problem, String instance) {
        var code = problem.code();
        var words = code.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return new ProblemJson(
                DOCUMENT + "#" + code.name().toLowerCase(Locale.ROOT),
                Character.toUpperCase(words.charAt(0)) + words.substring(1),
                code.status(),
                problem.detail(),
                instance,
                code,
                problem.retryable(),
                problem.hint(),
                problem.properties());
    }
}
