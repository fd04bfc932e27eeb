package dev.afterimage.api.openapi;

import dev.afterimage.api.fields.StateName;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.servers.Server;
import io.swagger.v3.oas.models.tags.Tag;
import java.util.List;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;

/** What the OpenAPI document says beside the operations, and what is the same in many of them. */
@Configuration(proxyBeanMethods = false)
class OpenApiDocument {

    static {
        SpringDocUtils.getConfig()
                .addSimpleTypesForParameterObject(StateName.class)
                .replaceWithSchema(StateName.class, new JsonSchema().typesItem("string"));
    }

    @Bean
    OpenAPI openApi() {
        return new OpenAPI()
                .info(new Info()
                        .title("Afterimage")
                        .version("v1")
                        .description("Backs up live SQLite databases, proves what it has stored, and restores it,"
                                + " while the application goes on writing.")
                        .license(new License().name("Apache-2.0").identifier("Apache-2.0")))
                .servers(List.of(new Server().url("../"))) // from /v3/api-docs, below whatever a proxy puts before it
                .tags(List.of( // in the order in which somebody new needs them
                        new Tag().name("Databases").description("SQLite files that are registered for backups"),
                        new Tag().name("Backups").description("Take snapshots of live databases"),
                        new Tag().name("Jobs").description("Watch and cancel what was submitted"),
                        new Tag()
                                .name("Snapshots")
                                .description("What was backed up: look, download, keep, delete, import"),
                        new Tag()
                                .name("Restores")
                                .description("Make database files of snapshots, or give databases their content"),
                        new Tag().name("Checks").description("Prove that a snapshot can be restored"),
                        new Tag().name("Drills").description("Restores that are made as a proof, and measured"),
                        new Tag().name("Schedules").description("Backups that come again and again"),
                        new Tag().name("Following").description("Every commit is taken, any moment can be restored"),
                        new Tag().name("Retention").description("Which snapshots stay, and which go"),
                        new Tag().name("Protection").description("Whether a database is protected, and why not"),
                        new Tag()
                                .name("Repository")
                                .description("What all snapshots take, and whether it is still whole"),
                        new Tag().name("Webhooks").description("Tell others what happened"),
                        new Tag().name("Access").description("Who may use the service, and who did")));
    }

    @Bean
    OpenApiCustomizer sharedParts() {
        return api -> api.getPaths()
                .forEach((path, item) -> item.readOperations().forEach(operation -> {
                    if (operation.getParameters() != null) {
                        operation.getParameters().forEach(parameter -> describe(path, parameter));
                    }
                    describeAnswers(operation);
                }));
    }

    private static void describe(String path, Parameter parameter) {
        if (parameter.getIn().equals("path") && parameter.getName().equals("name")) {
            parameter.description("Name of a registered database").example("orders");
        } else if (parameter.getIn().equals("path")) {
            parameter.description(
                    path.contains("/jobs/")
                            ? "Id of a job"
                            : path.contains("/webhooks/")
                                    ? "Id of a webhook"
                                    : path.contains("/tokens/") ? "Id of a token" : state(parameter));
        }
        if (parameter.getSchema() != null && parameter.getSchema().getTypes() != null) {
            parameter.getSchema().getTypes().remove("null"); // it is left out, there is no null in a URL
        }
    }

    /** An id has a format. */
    private static String state(Parameter parameter) {
        return parameter.getSchema().getFormat() == null
                ? "Id of a snapshot; or a moment of a database that is followed, whose snapshot is made where there is none yet: its name with"
                        + " a time, `orders@2026-01-31T12:00:00Z`, or with the number of a commit, `orders@42`"
                : "Id of a snapshot";
    }

    private static void describeAnswers(Operation operation) {
        operation.getResponses().forEach((status, answer) -> {
            switch (status) {
                case "201" -> answer.description("Registered").addHeaderObject("Location", location("new resource"));
                case "202" -> describeJob(operation, answer);
                case "204" -> answer.description("Done");
                default -> {} // described where it is declared
            }
        });
    }

    private static void describeJob(Operation operation, ApiResponse answer) {
        answer.description("The job");
        if (!operation.getOperationId().equals("cancelJob")) { // it submits none
            answer.addHeaderObject("Location", location("job"));
            answer.addHeaderObject(
                    HttpHeaders.RETRY_AFTER,
                    seconds("After which to look at the job first; its `wait` spares looking again and again"));
        }
    }

    static Header seconds(String meaning) {
        return new Header().description("Seconds. " + meaning).schema(new JsonSchema().typesItem("integer"));
    }

    private static Header location(String what) {
        return new Header()
                .description("Path of the " + what)
                .schema(new JsonSchema().typesItem("string").format("uri-reference"));
    }
}
