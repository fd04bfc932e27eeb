package dev.afterimage.api.notifications;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.afterimage.api.ApiTest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class WebhookTests extends ApiTest {

    private final List<String> received = new CopyOnWriteArrayList<>();
    private HttpServer receiver;

    @BeforeEach
    void listen() throws Exception {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            try (exchange) {
                received.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                exchange.sendResponseHeaders(202, 2);
                exchange.getResponseBody().write("ok".getBytes(StandardCharsets.US_ASCII));
            }
        });
        receiver.start();
    }

    @AfterEach
    void stop() {
        http.get("/webhooks").json().get("items").forEach(webhook -> http.delete(path(webhook)));
        receiver.stop(0);
    }

    @Test
    void aBackupIsToldToWhoWantsToHearOfTheDatabase() throws Exception {
        register(database(name));
        var webhook = webhook("\"databases\": [\"%s\"]".formatted(name));
        var snapshot = snapshot();
        await().until(() -> !received.isEmpty());
        var told = new JsonMapper().readTree(received.getFirst());
        assertThat(told.get("event").asString()).isEqualTo("backup.succeeded");
        assertThat(told.get("job").get("result").get("snapshotId").asString()).isEqualTo(snapshot);

        var path = path(webhook) + "/deliveries";
        await().until(() ->
                !http.get(path).json().get("items").get(0).get("finishedAt").isNull());
        var delivery = http.get(path).json().get("items").get(0);
        assertThat(delivery.get("id").asString()).isEqualTo(told.get("id").asString());
        assertThat(delivery.get("event").asString()).isEqualTo("backup.succeeded");
        assertThat(delivery.get("state").asString()).isEqualTo("DELIVERED");
        assertThat(delivery.get("status").asInt()).isEqualTo(202);
    }

    @Test
    void theSecretThatTheServiceMakesIsShownOnce() {
        var webhook = webhook("\"events\": [\"backup.failed\", \"pruned\"]");
        assertThat(webhook.get("secret").asString()).hasSizeGreaterThan(40);
        var shown = http.get(path(webhook)).json();
        assertThat(shown.get("secret").isNull()).isTrue();
        assertThat(shown.get("events").get(1).asString()).isEqualTo("pruned");
        assertThat(shown.get("databases").isNull()).isTrue();
        assertThat(http.get("/webhooks").json().get("items").get(0)).isEqualTo(shown);

        var own = webhook("\"secret\": \"0123456789abcdef\"");
        assertThat(own.get("secret").isNull()).isTrue();
    }

    @Test
    void changePausesAndLeavesTheRest() {
        var webhook = webhook("\"events\": [\"backup.failed\"]");
        var changed = http.patch(path(webhook), "{\"paused\": true}");
        assertThat(changed.status()).as(changed.text()).isEqualTo(200);
        assertThat(changed.json().get("paused").asBoolean()).isTrue();
        assertThat(changed.json().get("events").get(0).asString()).isEqualTo("backup.failed");
        assertThat(changed.json().get("url")).isEqualTo(webhook.get("url"));
    }

    @Test
    void testAnswersWhatCameBack() {
        var webhook = webhook("\"paused\": true");
        var reply = http.post(path(webhook) + "/test", "").json();
        assertThat(reply.get("delivered").asBoolean()).isTrue();
        assertThat(reply.get("status").asInt()).isEqualTo(202);
        assertThat(reply.get("body").asString()).isEqualTo("ok");
        assertThat(new JsonMapper().readTree(received.getFirst()).get("event").asString())
                .isEqualTo("test");
        assertThat(http.get(path(webhook) + "/deliveries").json().get("items")).isEmpty();

        receiver.stop(0);
        var none = http.post(path(webhook) + "/test", "").json();
        assertThat(none.get("delivered").asBoolean()).isFalse();
        assertThat(none.get("status").isNull()).isTrue();
        assertThat(none.get("error").asString()).contains("could not be reached");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                    {}                                                    | url
                    {"url": "http://a b/"}                                | url
                    {"url": "http://192.0.2.1/", "events": []}            | events
                    {"url": "http://192.0.2.1/", "secret": "short"}       | secret
                    {"url": "http://192.0.2.1/", "paused": "yes"}         | paused
                    {"url": "http://192.0.2.1/", "when": "now"}           | when
                    """)
    void aWebhookThatCannotBeIsRefused(String body, String field) {
        assertInvalid(http.post("/webhooks", body), field);
        assertThat(http.get("/webhooks").json().get("items")).isEmpty();
    }

    @Test
    void aWebhookToNowhereOrAboutNothingIsRefused() {
        assertInvalid(http.post("/webhooks", "{\"url\": \"http://192.0.2.1/\", \"events\": [\"x\"]}"), "events[0]");
        assertProblem(http.post("/webhooks", "{\"url\": \"file:///etc/passwd\"}"), 422, "WEBHOOK_TARGET_REFUSED");
        assertProblem(
                http.post("/webhooks", "{\"url\": \"http://192.0.2.1/\", \"databases\": [\"nobody\"]}"),
                404,
                "DATABASE_NOT_FOUND");
        var unknown = "/webhooks/" + UUID.randomUUID();
        assertProblem(http.get(unknown), 404, "WEBHOOK_NOT_FOUND");
        assertProblem(http.patch(unknown, "{}"), 404, "WEBHOOK_NOT_FOUND");
        assertProblem(http.delete(unknown), 404, "WEBHOOK_NOT_FOUND");
        assertProblem(http.post(unknown + "/test", ""), 404, "WEBHOOK_NOT_FOUND");
        assertProblem(http.get(unknown + "/deliveries"), 404, "WEBHOOK_NOT_FOUND");
    }

    private JsonNode webhook(String more) {
        var url = "http://127.0.0.1:%d/hook".formatted(receiver.getAddress().getPort());
        var answer = http.post("/webhooks", "{\"url\": \"%s\", %s}".formatted(url, more));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.header("Location")).isEqualTo("/api/v1" + path(answer.json()));
        return answer.json();
    }

    private static String path(JsonNode webhook) {
        return "/webhooks/" + webhook.get("id").asString();
    }
}
