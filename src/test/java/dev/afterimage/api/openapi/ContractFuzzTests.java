package dev.afterimage.api.openapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.atlassian.oai.validator.OpenApiInteractionValidator;
import com.atlassian.oai.validator.model.Request;
import com.atlassian.oai.validator.model.SimpleResponse;
import com.atlassian.oai.validator.report.ValidationReport;
import dev.afterimage.Torture;
import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import dev.afterimage.sqlite.SampleDatabases;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * Thousands of requests made from the OpenAPI document, half of them as it allows and half spoiled somewhere, to the whole
 * application: none is answered with an internal error, each with a status and a body that the document describes. {@code
 * -Dtorture.seed} repeats a run, {@code -Dtorture.minutes} makes it longer.
 */
@DirtiesContext // schedules and retention by default are changed, and the queue stays full
class ContractFuzzTests extends ApiTest {

    private static final int REQUESTS_IN_A_BUILD = 700;

    private static final String COPY = "disk";

    private static final Set<Integer> MAY_BE_BUSY = Set.of(503, 507);

    private final SplittableRandom random = new SplittableRandom(Torture.SEED);
    private final Map<String, List<String>> known = Stream.of(
                    "name",
                    "path",
                    "snapshot",
                    "collapsed",
                    "repository",
                    "job",
                    "submitted",
                    "group",
                    "webhook",
                    "token",
                    "secretToken",
                    "at")
            .collect(Collectors.toMap(what -> what, _ -> ContractValues.growing()));
    private final ContractValues values = new ContractValues(random, known);
    private final Map<String, Set<Integer>> statuses = new TreeMap<>();
    private OpenApiInteractionValidator validator;
    private List<ContractOperation> operations;

    @DynamicPropertySource
    static void ownHome(DynamicPropertyRegistry properties) {
        properties.add("api.home", () -> HOME.resolveSibling("fuzzed-home").toString());
        properties.add(
                "afterimage.copies.%s.location".formatted(COPY),
                () -> OUTSIDE.resolve("fuzzed-copy-" + UUID.randomUUID()).toString());
    }

    @BeforeEach
    void readDocumentAndMakeThings() throws Exception {
        var document = http.get("//v3/api-docs");
        validator = OpenApiInteractionValidator.createForInlineApiSpecification(document.text())
                .build();
        operations = ContractOperation.of(document.json());
        for (int number = 0; number < 3; number++) {
            var databaseName = name + "-" + number;
            var file = database(ROOT.resolve(databaseName + ".db"), number == 0 ? "DELETE" : "WAL", 10);
            http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(databaseName, file));
            known.get("name").add(databaseName);
            known.get("path").add(file.toString());
            known.get("path").add(ROOT.resolve(databaseName + "-new.db").toString());
            known.get("path")
                    .add(database(ROOT.resolve(databaseName + "-b.db"), "WAL", 10)
                            .toString());
        }
        var group = http.post("/backups", """
                {"databases": ["%s", "%s"]}""".formatted(
                        known.get("name").get(0), known.get("name").get(1)));
        ended(group.json());
        known.get("secretToken").add(http.token());
        known.get("repository").add(http.get("/repository").json().get("id").asString());
        follow(known.get("name").get(1));
        collapse(known.get("name").getLast());
        known.get("name").add(COPY);
    }

    /** From now on there are moments: its commits 0 and 1. */
    private void follow(String databaseName) throws Exception {
        var path = "/databases/" + databaseName;
        http.send("PUT", path + "/follow", "{\"interval\": \"100ms\", \"besideSource\": true}");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> http.get(path + "/follow").text().contains("FOLLOWING"));
        ended(http.post(path + "/backups", "").json());
        SampleDatabases.create(ROOT.resolve(databaseName + ".db"), "CREATE TABLE more (a)");
        known.get("at")
                .add(http.post(path + "/follow/flush", "").json().get("takenAt").asString());
    }

    private void collapse(String databaseName) throws Exception {
        ended(http.post("/databases/" + databaseName + "/backups", "").json());
        SampleDatabases.create(ROOT.resolve(databaseName + ".db"), "DROP TABLE item");
        ended(http.post("/databases/" + databaseName + "/backups", "").json());
        var collapses = http.get("/databases/" + databaseName + "/collapses").json();
        known.get("collapsed")
                .add(collapses.get("items").get(0).get("snapshotId").asString());
    }

    @Test
    void everyRequestIsAnsweredAsTheDocumentSays() throws Exception {
        System.out.println("ContractFuzzTests: -Dtorture.seed=" + Torture.SEED);
        var end = System.nanoTime() + Torture.TIME.toNanos();
        var wrong = askForMoments();
        for (int sent = 0; (goesOn(sent) || System.nanoTime() < end) && wrong.size() < 20; sent++) {
            if (sent % 100 == 0) {
                lookAround();
            }
            boolean enough = sent >= REQUESTS_IN_A_BUILD && Torture.TIME.isZero();
            var operation = values.oneOf(enough && random.nextBoolean() ? notSucceeded() : operations);
            boolean spoil = !enough && random.nextBoolean();
            var request = request(operation, spoil);
            var answer = http.send(request);
            statuses.computeIfAbsent(operation.toString(), o -> new TreeSet<>()).add(answer.status());
            wrong.addAll(faults(operation, request.build(), answer));
            rememberJob(answer);
        }
        System.out.println("ContractFuzzTests: " + statuses);
        assertThat(wrong).isEmpty();
        assertThat(notSucceeded())
                .as("operations that were never answered with success, or that databases are not protected")
                .isEmpty();
    }

    /** Requests at random seldom name one of just the database that is followed. */
    private List<String> askForMoments() throws Exception {
        var followed = known.get("name").get(1);
        var at = known.get("at").getFirst();
        var wrong = new ArrayList<String>();
        wrong.addAll(ask("POST", "/databases/{name}/moments", followed, "{\"at\": \"%s\"}".formatted(at)));
        wrong.addAll(ask(
                "POST",
                "/restores/moment",
                "",
                "{\"databases\": [\"%s\"], \"at\": \"%s\", \"mode\": \"REPLACE_LIVE\"}".formatted(followed, at)));
        return wrong;
    }

    private List<String> ask(String method, String path, String databaseName, String body) throws Exception {
        var operation = operations.stream()
                .filter(one -> one.toString().equals(method + " /api/v1" + path))
                .findFirst()
                .orElseThrow();
        var request = http.request(path.replace("{name}", databaseName), "Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body));
        var answer = http.send(request);
        statuses.computeIfAbsent(operation.toString(), o -> new TreeSet<>()).add(answer.status());
        return faults(operation, request.build(), answer);
    }

    private boolean goesOn(int sent) {
        return sent < REQUESTS_IN_A_BUILD
                || sent < 10 * REQUESTS_IN_A_BUILD && !notSucceeded().isEmpty();
    }

    private List<ContractOperation> notSucceeded() {
        return operations.stream().filter(operation -> !hasSucceeded(operation)).toList();
    }

    private boolean hasSucceeded(ContractOperation operation) {
        return statuses.getOrDefault(operation.toString(), Set.of()).stream()
                .anyMatch(status -> status < 400 || status == 503 || status == 409 && isForSealed(operation));
    }

    /** The repository of this service is plain, and has no keys to change. */
    private static boolean isForSealed(ContractOperation operation) {
        return operation.toString().contains("/repository/keys");
    }

    /** What is there now, so that requests meet it. */
    private void lookAround() throws Exception {
        replace("snapshot", http.get("/snapshots?limit=20").json(), "id");
        replace("group", http.get("/snapshots?limit=50").json(), "groupId");
        replace("webhook", http.get("/webhooks").json(), "id");
        replace("token", http.get("/tokens").json(), "id");
        replace("job", http.get("/jobs?limit=20&state=SUCCEEDED").json(), "id");
        followAgain(known.get("name").get(1));
    }

    /** Requests may have ended that, and restores may have put a file there that cannot be followed. */
    private void followAgain(String databaseName) throws Exception {
        var path = "/databases/" + databaseName;
        var file = Path.of(http.get(path).json().get("path").asString());
        try (var connection = open(file);
                var statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
        } catch (SQLException busy) {
            return; // a job has it just now
        }
        http.send("PUT", path + "/follow", "{\"interval\": \"100ms\", \"besideSource\": true}");
    }

    private void replace(String what, JsonNode list, String field) {
        var found = list.get("items")
                .valueStream()
                .map(item -> item.get(field))
                .filter(JsonNode::isString)
                .map(JsonNode::asString)
                .collect(Collectors.toSet());
        known.get(what).clear();
        known.get(what).addAll(found);
    }

    /** The last one, which may not have ended yet. */
    private void rememberJob(Answer answer) {
        if (answer.status() == 202 && answer.json().has("id")) { // else it is about several
            known.get("submitted").clear();
            known.get("submitted").add(answer.json().get("id").asString());
        }
    }

    private HttpRequest.Builder request(ContractOperation operation, boolean spoil) throws Exception {
        var path = operation.path();
        var query = new ArrayList<String>();
        var headers = new ArrayList<String>();
        for (var parameter : operation.parameters()) {
            boolean ends = parameter.name().equals("lasts"); // else it goes on for a day
            if (!parameter.required() && !ends && values.chance(60)) {
                continue;
            }
            boolean spoilThis = spoil && values.chance(30);
            var value = values.allowed(operation, parameter.name(), parameter.schema());
            var text = spoilThis
                    ? values.hostile()
                    : value.isArray() ? value.path(0).asString("a=b") : value.asString();
            switch (parameter.in()) {
                case "path" -> path = path.replace("{" + parameter.name() + "}", encoded(text));
                case "query" -> query.add(parameter.name() + "=" + encoded(text));
                default -> headers.addAll(List.of(parameter.name(), printable(text)));
            }
        }
        var request = http.request(
                "/" + path + (query.isEmpty() ? "" : "?" + String.join("&", query)), headers.toArray(String[]::new));
        if (operation.jsonBody().isPresent()) {
            var body = values.allowed(operation, "", operation.jsonBody().get());
            var sent = spoil && values.chance(70) ? values.spoiled(body) : body.toString();
            request.header("Content-Type", spoil && values.chance(5) ? "text/plain" : "application/json");
            return request.method(operation.method(), BodyPublishers.ofString(sent));
        }
        if (operation.takesFile()) {
            request.header("Content-Type", "application/octet-stream");
            return request.method(operation.method(), BodyPublishers.ofByteArray(file(spoil)));
        }
        return request.method(operation.method(), BodyPublishers.noBody());
    }

    private byte[] file(boolean spoil) throws Exception {
        var bytes = Files.readAllBytes(ROOT.resolve(name + "-0.db"));
        if (spoil) {
            for (int changes = random.nextInt(20); changes >= 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
        }
        return bytes;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Whatever a client's library lets through. */
    private static String printable(String text) {
        return text.replaceAll("[^\\x21-\\x7E]", "?");
    }

    private List<String> faults(ContractOperation operation, HttpRequest request, Answer answer) {
        var faults = new ArrayList<String>();
        var type = answer.findHeader("Content-Type").map(header -> header.replaceAll(";.*", ""));
        if (answer.status() >= 500 && !MAY_BE_BUSY.contains(answer.status())) {
            faults.add("internal error " + answer.status());
        } else if (!operation.answersWith(answer.status())) {
            if (!refusedBeforeRouting(answer)) {
                faults.add("status " + answer.status() + " is not described");
            }
        } else if (!operation.method().equals("HEAD")
                && type.filter(name -> name.endsWith("json")).isPresent()) {
            validation(operation, answer, type.get())
                    .getMessages()
                    .forEach(message -> faults.add(message.getMessage()));
        } else if (!operation.method().equals("HEAD") && !operation.answersWith(answer.status(), type)) {
            faults.add("type " + type + " is not described");
        }
        return faults.stream()
                .map(fault -> "%s %s: %s%n  %s".formatted(request.method(), request.uri(), fault, answer.text()))
                .toList();
    }

    /** A path that Tomcat does not take is none of any operation. */
    private static boolean refusedBeforeRouting(Answer answer) {
        return answer.status() == 400 || answer.status() == 404 || answer.status() == 405;
    }

    private ValidationReport validation(ContractOperation operation, Answer answer, String type) {
        return validator.validateResponse(
                operation.path().replaceAll("\\{[a-zA-Z]+}", "x"),
                Request.Method.valueOf(operation.method()),
                SimpleResponse.Builder.status(answer.status())
                        .withContentType(type)
                        .withBody(answer.text())
                        .build());
    }
}
