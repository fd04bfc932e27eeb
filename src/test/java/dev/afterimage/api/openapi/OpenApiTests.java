package dev.afterimage.api.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.springdoc.webmvc.api.OpenApiWebMvcResource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI document: it is the committed one, says something about everything, and its examples run. */
@TestPropertySource(
        properties = {
            "springdoc.api-docs.enabled=true",
            "springdoc.api-docs.path=/springdoc",
            "springdoc.default-consumes-media-type=application/json",
            "springdoc.default-produces-media-type=application/json",
            "springdoc.default-flat-param-object=true",
            "springdoc.writer-with-order-by-keys=true"
        })
class OpenApiTests extends ApiTest {

    private static final Path COMMITTED = Path.of("openapi/openapi.yaml");

    @Autowired
    private OpenApiWebMvcResource annotations;

    @DynamicPropertySource
    static void home(DynamicPropertyRegistry properties) {
        properties.add("api.home", () -> HOME.resolveSibling("home-openapi").toString());
    }

    @Test
    void documentIsTheCommittedOne() throws IOException {
        var running = new String(
                annotations.openapiYaml(new MockHttpServletRequest(), "/springdoc.yaml", Locale.ENGLISH),
                StandardCharsets.UTF_8);
        if (Boolean.getBoolean("openapi.update")) {
            Files.createDirectories(COMMITTED.toAbsolutePath().getParent());
            Files.writeString(COMMITTED, running);
        }
        assertThat(COMMITTED)
                .as("The API has changed. If that is intended: mvn test -Dtest=OpenApiTests -Dopenapi.update=true")
                .hasContent(running);
    }

    @Test
    void everyOperationAndAnswerIsDescribed() {
        var ids = new HashSet<String>();
        document()
                .get("paths")
                .forEach(path -> path.forEach(operation -> {
                    var id = operation.get("operationId").asString();
                    assertThat(ids.add(id)).as(id).isTrue();
                    assertThat(id).matches("[a-zA-Z]+");
                    assertThat(operation.get("summary").asString()).as(id).isNotBlank();
                    assertThat(operation.get("tags")).as(id).hasSize(1);
                    assertThat(operation.get("responses"))
                            .as(id)
                            .allSatisfy(answer -> assertThat(
                                            answer.has("$ref") ? answer.get("$ref") : answer.get("description"))
                                    .isNotNull());
                    assertThat(operation.get("responses").has("500")).as(id).isTrue();
                }));
        assertThat(ids).hasSize(105);
    }

    /** What Swagger UI puts into the body by itself would else be every property, with "string" where it knows nothing better. */
    @Test
    void everyRequestHasAnExample() {
        for (var operation : ContractOperation.of(document())) {
            assertThat(operation.jsonBody().map(body -> body.has("example")).orElse(true))
                    .as(operation.toString())
                    .isTrue();
        }
    }

    @Test
    void everyPropertyOfARequestIsDescribed() {
        for (var request : new String[] {
            "NewDatabase",
            "DatabaseChange",
            "BackupRequest",
            "GroupBackupRequest",
            "CheckRequest",
            "ScheduleRequest",
            "DrillRequest",
            "DrillScheduleRequest",
            "RestoreRequest",
            "RepositoryCheckRequest",
            "RebuildRequest",
            "RetentionPolicy",
            "PruneRequest",
            "WebhookRequest",
            "WebhookChange",
            "HeartbeatRequest",
            "TokenRequest",
            "SessionRequest"
        }) {
            assertThat(schema(request).get("properties").properties())
                    .allSatisfy(property -> assertThat(property.getValue().has("description")
                                    || property.getValue().has("$ref"))
                            .as(request + "." + property.getKey())
                            .isTrue());
        }
    }

    @Test
    void exampleRequestsAreAcceptedAsTheyStand() throws Exception {
        var file = database(name);
        var database = example("NewDatabase").put("name", name).put("path", file.toString());
        assertThat(http.post("/databases", database.toString()).status()).isEqualTo(201);
        var backup = http.post(
                "/databases/" + name + "/backups", example("BackupRequest").toString());
        assertThat(backup.status()).as(backup.text()).isEqualTo(202);
        var snapshot = ended(backup.json()).get("result").get("snapshotId").asString();
        var check = http.post(
                "/snapshots/" + snapshot + "/checks", example("CheckRequest").toString());
        assertThat(check.status()).as(check.text()).isEqualTo(202);
        assertThat(http.patch(
                                "/snapshots/" + snapshot,
                                example("SnapshotChange").toString())
                        .status())
                .isEqualTo(200);
        var target = example("RestoreTarget")
                .put("path", ROOT.resolve(name + "-restored.db").toString());
        var restore = example("RestoreRequest").put("database", name).set("target", target);
        assertThat(ended(http.post("/restores", restore.toString()).json())
                        .get("state")
                        .asString())
                .isEqualTo("SUCCEEDED");
        for (var request : Map.of(
                        "checks", "RepositoryCheckRequest", "rebuild", "RebuildRequest", "prune", "PruneRequest")
                .entrySet()) {
            var job = http.post(
                    "/repository/" + request.getKey(),
                    example(request.getValue()).toString());
            assertThat(job.status()).as(job.text()).isEqualTo(202);
            ended(job.json());
        }
        var policy = example("RetentionPolicy").toString();
        assertThat(http.send("PUT", "/databases/" + name + "/retention", policy).status())
                .isEqualTo(200);
        var change = example("DatabaseChange").put("path", file.toString());
        assertThat(http.patch("/databases/" + name, change.toString()).status()).isEqualTo(200);
    }

    /** As the profile {@code demo} registers it. */
    @Test
    void examplesOfOperationsThatNeedOnlyANameAreOfTheDemosDatabase() throws Exception {
        var registered = "{\"name\": \"orders\", \"path\": \"%s\"}".formatted(database(name));
        assertThat(http.post("/databases", registered).status()).isEqualTo(201);
        assertThat(tried("/api/v1/databases/{name}", "get").status()).isEqualTo(200);
        assertThat(tried("/api/v1/databases/{name}", "patch").status()).isEqualTo(200);
        assertThat(tried("/api/v1/databases/{name}/snapshots", "get").status()).isEqualTo(200);
        var backup = tried("/api/v1/databases/{name}/backups", "post");
        assertThat(backup.status()).isEqualTo(202);
        ended(backup.json());
        assertThat(tried("/api/v1/databases/{name}/schedule", "put").status()).isEqualTo(200);
        assertThat(tried("/api/v1/databases/{name}/drill", "put").status()).isEqualTo(200);
        ended(tried("/api/v1/databases/{name}/drills", "post").json());
        assertThat(tried("/api/v1/snapshots", "get").json().get("items")).hasSize(1);
        assertThat(tried("/api/v1/databases/{name}", "delete").status()).isEqualTo(204);
    }

    /** What "Try it out" sends when nothing is changed in it. */
    private Answer tried(String path, String method) {
        var operation = document().get("paths").get(path).get(method);
        var query = new StringJoiner("&", "?", "");
        for (var parameter : operation.get("parameters")) {
            var value = parameter.has("example") ? parameter.get("example").asString() : "";
            var name = parameter.get("name").asString();
            if (parameter.get("in").asString().equals("path")) {
                path = path.replace("{" + name + "}", value);
            } else if (!value.isEmpty()) {
                query.add(name + "=" + value);
            }
        }
        var body = operation
                .at("/requestBody/content/application~1json/schema/$ref")
                .asString();
        var example = body.isEmpty()
                ? ""
                : example(body.substring(body.lastIndexOf('/') + 1)).toString();
        return http.send(method.toUpperCase(Locale.ROOT), "/" + path + query, example);
    }

    /** What Swagger UI makes of a schema: its example, else each property's example, else their defaults. */
    private ObjectNode example(String name) {
        if (schema(name).has("example")) {
            return (ObjectNode) schema(name).get("example");
        }
        var example = JsonNodeFactory.instance.objectNode();
        schema(name).get("properties").properties().forEach(property -> {
            var schema = property.getValue();
            var value = schema.has("example") ? schema.get("example") : schema.get("default");
            if (value != null) {
                example.set(property.getKey(), value);
            }
        });
        return example;
    }

    private JsonNode schema(String name) {
        return document().get("components").get("schemas").get(name);
    }

    private JsonNode document() {
        return http.get("//v3/api-docs").json();
    }

    @Test
    void swaggerUiIsThere() {
        assertThat(http.get("//swagger-ui/index.html").text()).contains("swagger-ui");
        var other = http.as("").get("//swagger-ui.html");
        assertThat(other.status()).isEqualTo(302);
        assertThat(other.header("Location")).isEqualTo("swagger-ui/index.html");
    }
}
