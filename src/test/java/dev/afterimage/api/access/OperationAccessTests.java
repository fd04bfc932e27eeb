package dev.afterimage.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import dev.afterimage.api.Http;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Every operation of the OpenAPI document, as everybody: {@code operations.txt} says what is answered. */
class OperationAccessTests extends ApiTest {

    /** Of a request that is admitted, this is refused next, so that nothing happens. */
    private static final String WRONG_BODY = "{\"nobodyKnowsThis\": 1}";

    private record Request(String method, String path) {}

    /** What the paths of requests are about. */
    private record Resources(String snapshot, String group, String job, String database) {

        Request request(Request operation) {
            var path = operation
                    .path()
                    .replace("/jobs/{id}", "/jobs/" + job)
                    .replace("{id}", snapshot)
                    .replace("{snapshotId}", snapshot)
                    .replace("{other}", snapshot)
                    .replace("{groupId}", group)
                    .replace("{name}", database);
            return new Request(operation.method(), path.equals("/api/v1/events") ? path + "?lasts=1ms" : path);
        }

        /** What was answered, whatever it was about. */
        String words(Answer answer) {
            return answer.text()
                    .replace(snapshot, "…")
                    .replace(group, "…")
                    .replace(job, "…")
                    .replace(database, "…");
        }
    }

    @Test
    void everyOperationAnswersEverybodyAsTheTableSays() throws Exception {
        var id = UUID.randomUUID().toString();
        var missing = new Resources(id, id, id, "nobody-" + name);
        var others = resourcesOfAnotherDatabase();
        var limited = token("ADMIN", "no-such-database");
        var callers = List.of(http.as(""), token("READ"), token("OPERATE"), http);
        var found = new TreeMap<String, String>();
        operations().forEach((operationId, operation) -> {
            var answers = new StringJoiner(" ");
            callers.forEach(caller -> answers.add(refusal(send(caller, missing.request(operation)))));
            var hidden = send(limited, others.request(operation));
            boolean doesNotExist = hidden.status() == 404 && operation.path().contains("{");
            answers.add(doesNotExist ? "404" : refusal(hidden));
            found.put(operationId, answers.toString());
            if (doesNotExist) {
                assertThat(others.words(hidden))
                        .as("what does not exist for somebody does not exist")
                        .isEqualTo(missing.words(send(limited, missing.request(operation))));
            }
        });
        assertThat(found).isEqualTo(table());
    }

    private Resources resourcesOfAnotherDatabase() throws SQLException {
        register(database(name));
        var second = "second-" + name;
        http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(second, database(second)));
        var job = ended(http.post("/backups", "{\"databases\": [\"%s\", \"%s\"]}".formatted(name, second))
                .json());
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        var result = job.get("result");
        return new Resources(
                result.get("snapshotIds").get(name).asString(),
                result.get("groupId").asString(),
                job.get("id").asString(),
                name);
    }

    private static String refusal(Answer answer) {
        return answer.status() == 401 || answer.status() == 403 ? String.valueOf(answer.status()) : "ok";
    }

    private static Answer send(Http http, Request request) {
        if (request.method().matches("GET|HEAD|DELETE") || request.path().matches(".*/(cancel|test)")) {
            return http.send(request.method(), "/" + request.path(), "");
        }
        boolean file = request.method().equals("POST") && request.path().endsWith("/snapshots");
        var sent = http.request(
                "/" + request.path(), "Content-Type", file ? "application/vnd.sqlite3" : "application/json");
        return http.send(sent.method(request.method(), BodyPublishers.ofString(WRONG_BODY)));
    }

    private Map<String, Request> operations() {
        var operations = new TreeMap<String, Request>();
        http.get("//v3/api-docs")
                .json()
                .get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(method -> operations.put(
                                id(method.getValue()),
                                new Request(method.getKey().toUpperCase(Locale.ROOT), path.getKey()))));
        return operations;
    }

    private static String id(JsonNode operation) {
        return operation.get("operationId").asString();
    }

    private static Map<String, String> table() throws IOException {
        try (var file = OperationAccessTests.class.getResourceAsStream("operations.txt")) {
            var table = new TreeMap<String, String>();
            new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" +", 2))
                    .forEach(row -> table.put(row[0], row[1].replaceAll(" +", " ")));
            return table;
        }
    }
}
