package dev.afterimage.api.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
import dev.afterimage.api.Http;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Waiting for jobs, following them, and listing them. */
class JobWatchingTests extends ApiTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @Autowired
    private JobWatch watch;

    /** A job that cannot end as long as the database is locked. */
    private JsonNode blockedJob() {
        return http.post("/databases/" + name + "/backups", "{\"verify\": \"NONE\"}")
                .json();
    }

    @Test
    void getWhenWaitIsOverAnswersWithTheJobAsItIs() throws Exception {
        try (var _ = lockedDatabase()) {
            var job = blockedJob();
            var started = Instant.now();
            var answer = http.get("/jobs/" + job.get("id").asString() + "?wait=1s");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().get("state").asString()).isIn("QUEUED", "RUNNING");
            assertThat(Duration.between(started, Instant.now())).isBetween(ms(900), Duration.ofSeconds(20));
        }
    }

    @Test
    void getWhenWaitIsBelowAMillisecondAnswersAtOnce() throws Exception {
        try (var _ = lockedDatabase()) {
            var path = "/jobs/" + blockedJob().get("id").asString();
            var answer = http.get(path + "?wait=PT0.0001S");
            assertThat(answer.json().get("state").asString()).isIn("QUEUED", "RUNNING");
        }
    }

    private static Duration ms(long millis) {
        return Duration.ofMillis(millis);
    }

    @Test
    void getWhenManyWaitAnswersAllAsSoonAsTheJobEnds() throws Exception {
        int waiters = 300; // more than the web server has threads
        try (var _ = lockedDatabase()) {
            var job = blockedJob();
            var path = "/jobs/" + job.get("id").asString();
            var answers = new ArrayList<CompletableFuture<String>>();
            for (int i = 0; i < waiters; i++) {
                answers.add(CLIENT.sendAsync(http.request(path + "?wait=5m").build(), BodyHandlers.ofString())
                        .thenApply(response -> response.body()));
            }
            assertThat(http.get(path).status()).isEqualTo(200); // they hold no thread
            http.post(path + "/cancel", "");
            for (var answer : answers) {
                var ended = new JsonMapper().readTree(answer.get(60, TimeUnit.SECONDS));
                assertThat(ended.get("state").asString()).isEqualTo("CANCELLED");
            }
        }
    }

    @Test
    void getWhenJobHasEndedAnswersAtOnce() throws Exception {
        register(database(name));
        var job = backUp("{\"verify\": \"NONE\"}");
        var started = Instant.now();
        http.get("/jobs/" + job.get("id").asString() + "?wait=10m");
        assertThat(Duration.between(started, Instant.now())).isLessThan(Duration.ofSeconds(30));
    }

    private record Event(String name, JsonNode job) {}

    private Iterator<String> lines(String jobId) throws Exception {
        return lines(http, jobId);
    }

    private static Iterator<String> lines(Http http, String jobId) throws Exception {
        var response = CLIENT.send(http.request("/jobs/" + jobId + "/events").build(), BodyHandlers.ofLines());
        assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        return response.body().iterator();
    }

    private static Event next(Iterator<String> lines) {
        String name = null;
        while (lines.hasNext()) {
            var line = lines.next();
            if (line.startsWith("event:")) {
                name = line.substring("event:".length());
            }
            if (line.startsWith("data:")) {
                return new Event(String.valueOf(name), new JsonMapper().readTree(line.substring("data:".length())));
            }
        }
        throw new AssertionError("The stream ended without another event");
    }

    @Test
    void eventsTellThePresentStateThenEachChangeThenTheEnd() throws Exception {
        try (var application = lockedDatabase()) {
            var job = blockedJob();
            var lines = lines(job.get("id").asString());
            var first = next(lines);
            assertThat(first.name()).isEqualTo("state");
            assertThat(first.job().get("id")).isEqualTo(job.get("id"));
            assertThat(first.job().get("state").asString()).isIn("QUEUED", "RUNNING");

            application.createStatement().execute("ROLLBACK");
            var events = new ArrayList<>(List.of(first));
            while (!events.getLast().name().equals("end")) {
                events.add(next(lines));
            }
            assertThat(events.getLast().job().get("state").asString()).isEqualTo("SUCCEEDED");
            assertThat(events.getLast().job().get("result").get("snapshotId").asString())
                    .isNotBlank();
            for (int i = 1; i < events.size() - 1; i++) {
                boolean sameState = events.get(i)
                        .job()
                        .get("state")
                        .equals(events.get(i - 1).job().get("state"));
                assertThat(events.get(i).name()).isEqualTo(sameState ? "progress" : "state");
            }
            lines.forEachRemaining(line -> assertThat(line).isEmpty()); // and the stream is closed
        }
    }

    @Test
    void eventsAndWaitsEndWhenTheirTokenIsRevokedAndThoseOfOthersDoNot() throws Exception {
        try (var _ = lockedDatabase()) {
            var job = blockedJob().get("id").asString();
            var follower = newToken();
            var waiter = newToken();
            var lines = lines(client(follower), job);
            next(lines);
            var waits = CLIENT.sendAsync(
                    client(waiter).request("/jobs/" + job + "?wait=5m").build(), BodyHandlers.ofString());
            var others =
                    CLIENT.sendAsync(http.request("/jobs/" + job + "?wait=5m").build(), BodyHandlers.ofString());
            await().until(() -> !http.get(path(waiter)).json().get("lastUsedAt").isNull());
            watch.refuseUnaccepted();

            http.delete(path(follower));
            http.delete(path(waiter));

            await().until(() -> {
                watch.refuseUnaccepted();
                return waits.isDone();
            });
            assertThat(waits.get().statusCode()).isEqualTo(401);
            assertThat(waits.get().body()).contains("UNAUTHENTICATED");
            lines.forEachRemaining(line -> assertThat(line).doesNotContain("\"end\""));
            assertThat(others).isNotDone();
            http.post("/jobs/" + job + "/cancel", "");
            assertThat(others.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
    }

    private JsonNode newToken() {
        return http.post("/tokens", "{\"name\": \"%s\", \"scope\": \"READ\"}".formatted(name))
                .json();
    }

    private Http client(JsonNode token) {
        return http.as(token.get("token").asString());
    }

    private static String path(JsonNode token) {
        return "/tokens/" + token.get("id").asString();
    }

    @Test
    void eventsWhenJobHasEndedTellTheEndAtOnceAndClose() throws Exception {
        register(database(name));
        var job = backUp("{\"verify\": \"NONE\"}");
        var lines = lines(job.get("id").asString());
        var event = next(lines);
        assertThat(event.name()).isEqualTo("end");
        assertThat(event.job())
                .isEqualTo(http.get("/jobs/" + job.get("id").asString()).json());
    }

    @Test
    void listFiltersAndAnswersNewestFirstOverManyPages() throws Exception {
        register(database(name));
        var submitted = new ArrayList<String>();
        for (int i = 0; i < 5; i++) {
            submitted.addFirst(backUp("{\"verify\": \"NONE\"}").get("id").asString());
        }
        var listed = new ArrayList<String>();
        var cursor = "";
        do {
            var part = http.get("/jobs?limit=2&kind=BACKUP&state=SUCCEEDED&database=" + name + cursor)
                    .json();
            part.get("items").forEach(item -> listed.add(item.get("id").asString()));
            var next = part.get("nextCursor");
            cursor = next.isNull() ? "" : "&cursor=" + next.asString();
        } while (!cursor.isEmpty());
        assertThat(listed).isEqualTo(submitted);
        assertThat(http.get("/jobs?kind=RESTORE&database=" + name).json().get("items"))
                .isEmpty();
        assertThat(http.get("/jobs?state=FAILED&database=" + name).json().get("items"))
                .isEmpty();
    }
}
