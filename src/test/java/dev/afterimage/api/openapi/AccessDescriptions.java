package dev.afterimage.api.openapi;

import static dev.afterimage.problem.ProblemCode.FORBIDDEN;
import static dev.afterimage.problem.ProblemCode.SCOPE_NEEDED;
import static dev.afterimage.problem.ProblemCode.UNAUTHENTICATED;

import dev.afterimage.api.access.Credential;
import dev.afterimage.api.http.Needs;
import dev.afterimage.problem.ProblemCode;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springdoc.core.customizers.GlobalOpenApiCustomizer;
import org.springdoc.core.customizers.OperationCustomizer;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;

/** Documents how a caller shows who it is, and what it must be allowed to for each operation, from its {@link Needs}. */
@Component
class AccessDescriptions implements OperationCustomizer, GlobalOpenApiCustomizer {

    private static final String BEARER = "bearer";
    private static final String API_KEY = "x-api-key"; // schemes are shown in the order of their names
    private static final String SESSION = "y-session";

    static final List<ProblemCode> REFUSALS = List.of(UNAUTHENTICATED, SCOPE_NEEDED, FORBIDDEN);

    @Override
    public Operation customize(Operation operation, HandlerMethod method) {
        var needs = Objects.requireNonNull(method.getMethodAnnotation(Needs.class), "who may " + method);
        var described = Stream.of(operation.getDescription(), sentence(needs))
                .filter(Objects::nonNull)
                .collect(Collectors.joining("\n\n"));
        return operation.description(described).security(security(needs));
    }

    private static List<SecurityRequirement> security(Needs needs) {
        var scope = List.of(needs.value().name());
        return needs.everybody()
                ? List.of()
                : List.of(
                        new SecurityRequirement().addList(BEARER, scope),
                        new SecurityRequirement().addList(API_KEY, scope),
                        new SecurityRequirement().addList(SESSION, scope));
    }

    private static String sentence(Needs needs) {
        if (needs.everybody()) {
            return "Needs no token.";
        }
        var dry = needs.dryRunReads() ? ", with `dryRun` READ" : "";
        return "Scope " + needs.value() + dry
                + switch (needs.reach()) {
                    case SERVICE -> "; not for tokens that are limited to some databases.";
                    case DATABASE, SNAPSHOT, GROUP, JOB, REQUEST, NONE -> ".";
                };
    }

    @Override
    public void customise(OpenAPI api) {
        var components = Objects.requireNonNullElseGet(api.getComponents(), Components::new);
        api.components(components
                .addSecuritySchemes(
                        BEARER,
                        new SecurityScheme()
                                .type(SecurityScheme.Type.HTTP)
                                .scheme("bearer")
                                .description("A token of this service; or a JWT, when a server that issues them is"
                                        + " configured"))
                .addSecuritySchemes(
                        API_KEY,
                        new SecurityScheme()
                                .type(SecurityScheme.Type.APIKEY)
                                .in(SecurityScheme.In.HEADER)
                                .name(Credential.API_KEY)
                                .description("The same, for clients that use the header Authorization for something"
                                        + " else, such as a proxy's password"))
                .addSecuritySchemes(
                        SESSION,
                        new SecurityScheme()
                                .type(SecurityScheme.Type.APIKEY)
                                .in(SecurityScheme.In.COOKIE)
                                .name("afterimage-session")
                                .description(
                                        "The cookie of `POST /api/v1/session`, which browsers send by themselves; where"
                                                + " the URL names a port, `-` and the port are added to its name. A token in a header"
                                                + " goes before it. What changes something must have an `Origin` that is the service's"
                                                + " own")));
    }
}
