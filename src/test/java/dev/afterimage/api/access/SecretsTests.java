package dev.afterimage.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import dev.afterimage.api.Http;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/**
 * Secrets are planted wherever the service takes some, used in good and in bad requests, and then looked for in all that it says
 * and keeps. {@code .ci/secrets} looks for them, and for any token, in the output of the whole suite.
 */
@ExtendWith(OutputCaptureExtension.class)
class SecretsTests extends ApiTest {

    /** Which nothing else says: {@code .ci/secrets} searches for it. */
    private static final String MARK = "planted-" + "secret-";

    private final List<Answer> answers = new ArrayList<>();

    @Test
    void secretsAreInNoAnswerNoLogNoMetricAndNoCatalog(CapturedOutput output) throws Exception {
        register(database(name));
        var token = http.post("/tokens", "{\"name\": \"%s\", \"scope\": \"READ\"}".formatted(name))
                .json()
                .get("token")
                .asString();
        var webhook = told("/webhooks", """
                {"url": "http://127.0.0.1:9/%surl", "secret": "%swebhook", "databases": ["%s"]}""");
        var heartbeat = http.send("PUT", "/databases/" + name + "/heartbeat", """
                {"url": "http://127.0.0.1:9/%sheartbeat"}""".formatted(MARK));
        assertThat(heartbeat.status()).isEqualTo(200);

        snapshot();
        answers.add(http.post("/webhooks/" + webhook.json().get("id").asString() + "/test", ""));
        awaitFailedDelivery(webhook.json().get("id").asString());
        misuse(token);
        lookAround(http.as(token));

        var kept = Files.readString(HOME.resolve("catalog.db"), StandardCharsets.ISO_8859_1)
                + Files.readString(HOME.resolve("catalog.db-wal"), StandardCharsets.ISO_8859_1);
        var said = output.toString() + answers.stream().map(Answer::text).toList();
        assertThat(said).doesNotContain(MARK).doesNotContain(token).doesNotContain(http.token());
        assertThat(kept).as("what is kept of tokens is their digest").doesNotContain(token, http.token());
    }

    @AfterEach
    void leaveNoWebhook() {
        http.get("/webhooks")
                .json()
                .get("items")
                .forEach(webhook -> http.delete("/webhooks/" + webhook.get("id").asString()));
    }

    /** The job's spec and the audit are in these answers too. */
    private void lookAround(Http reader) {
        for (var path : List.of(
                "/databases",
                "/databases/" + name,
                "/jobs",
                "/snapshots",
                "/protection",
                "/repository",
                "//actuator/health",
                "//actuator/health/protection",
                "//actuator/info",
                "//actuator/prometheus",
                "//actuator/env",
                "//actuator/configprops",
                "//actuator/loggers",
                "//actuator/threaddump")) {
            answers.add(reader.get(path));
        }
        answers.add(http.get("/tokens"));
        answers.add(http.get("/audit?limit=500"));
        answers.add(http.get("//actuator/env"));
        answers.add(http.get("//actuator/configprops"));
    }

    private void misuse(String token) {
        told("/webhooks", """
                {"url": "ftp://example.com/%surl", "secret": "%swebhook", "databases": ["%s"]}""");
        told("/webhooks", """
                {"url": "http://169.254.169.254/%surl", "secret": "%swebhook", "databases": ["unknown-%s"]}""");
        told("/webhooks", """
                {"url": "http://user:%spassword@example.com/", "secret": "%swebhook", "databases": ["%s"]}""");
        told("/webhooks", """
                {"url": "http://127.0.0.1:9/%surl", "secret": {"is": "%snone"}, "databases": "%s"}""");
        told("/databases/" + name + "/backups", "{\"field\": \"%svalue\", \"y\": \"%svalue\", \"x\": \"%s\"}");
        told("/databases/" + name + "/backups", "{\"method\": \"%smethod\", \"verify\": \"%sverify\", \"x\": \"%s\"");
        answers.add(http.as("").get("/jobs?access_token=" + token));
        answers.add(http.as("").get("/jobs?token=" + token));
        answers.add(http.as(token + "x").get("/jobs"));
        answers.add(http.as(MARK + "token").get("/jobs"));
        answers.add(http.as("ai_" + MARK + UUID.randomUUID()).get("/jobs"));
        answers.add(http.as("eyJhbGciOiJub25lIn0." + MARK + "jwt.").get("/jobs"));
        answers.add(http.as(token).get("/jobs", "X-API-Key", http.token()));
        answers.add(http.as(token).post("/databases/" + name + "/backups", "{}"));
        answers.add(http.as(token).get("/tokens"));
    }

    /** Posts something with secrets in it, whose answer must not repeat them unless it is the one that made them. */
    private Answer told(String path, String template) {
        var answer = http.post(path, template.formatted(MARK, MARK, name));
        if (answer.status() != 201) {
            answers.add(answer);
        }
        return answer;
    }

    private void awaitFailedDelivery(String id) {
        await().until(() -> http.get("/webhooks/" + id + "/deliveries").text().contains("\"attempts\":1"));
        answers.add(http.get("/webhooks/" + id + "/deliveries"));
    }
}
