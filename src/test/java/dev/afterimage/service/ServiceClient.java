package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a user of the API does, with the answers as they come. Throws {@link IOException} when the service is gone. */
final class ServiceClient {

    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofMinutes(2)).build();
    private static final Duration LONGEST_JOB = Duration.ofMinutes(10);

    private final URI api;
    private final String token;

    /** @param home the service's, in which it has written the admin token */
    ServiceClient(URI service, Path home) throws IOException {
        this.api = service.resolve("/api/v1/");
        this.token = Files.readString(home.resolve("admin-token")).strip();
    }

    private ServiceClient(URI api, String token) {
        this.api = api;
        this.token = token;
    }

    /** The same service, asked by another caller. */
    ServiceClient with(String otherToken) {
        return new ServiceClient(api, otherToken);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(api.resolve(path))
                .timeout(LONGEST_JOB)
                .header("Authorization", "Bearer " + token);
    }

    /** @param body its JSON; empty when it has none */
    record Answer(int status, JsonNode body) {}

    Answer send(String method, String path, Map<String, ?> body) throws IOException, InterruptedException {
        var request = request(path)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(JSON.writeValueAsString(body)));
        return answer(request.build());
    }

    Answer get(String path) throws IOException, InterruptedException {
        return answer(request(path).build());
    }

    /** Of what may answer with something else than JSON. */
    int status(String path) throws IOException, InterruptedException {
        return HTTP.send(request(path).build(), BodyHandlers.discarding()).statusCode();
    }

    private static Answer answer(HttpRequest request) throws IOException, InterruptedException {
        var response = HTTP.send(request, BodyHandlers.ofString());
        return new Answer(response.statusCode(), JSON.readTree(response.body()));
    }

    JsonNode register(String name, Path file) throws IOException, InterruptedException {
        var answer = send("POST", "databases", Map.of("name", name, "path", file.toString()));
        assertThat(answer.status()).as("%s", answer).isEqualTo(201);
        return answer.body();
    }

    /** The finished job of a backup as most users take it. */
    JsonNode backup(String database) throws IOException, InterruptedException {
        return backup(database, Map.of());
    }

    JsonNode backup(String database, Map<String, ?> wishes) throws IOException, InterruptedException {
        return awaitEnd(submitBackup(database, wishes));
    }

    /** Returns the id of the job, which is accepted, not finished. */
    String submitBackup(String database, Map<String, ?> wishes) throws IOException, InterruptedException {
        return submit("databases/" + database + "/backups", wishes);
    }

    /** Returns the id of the job, which is accepted, not finished. */
    String submit(String path, Map<String, ?> body) throws IOException, InterruptedException {
        var answer = send("POST", path, body);
        assertThat(answer.status()).as("%s", answer).isEqualTo(202);
        return answer.body().get("id").asString();
    }

    /** Returns the id of the job, which is accepted, not finished. */
    String submitImport(String database, Path file) throws IOException, InterruptedException {
        var answer = answer(request("databases/" + database + "/snapshots")
                .header("Content-Type", "application/octet-stream")
                .POST(BodyPublishers.ofFile(file))
                .build());
        assertThat(answer.status()).as("%s", answer).isEqualTo(202);
        return answer.body().get("id").asString();
    }

    JsonNode job(String id) throws IOException, InterruptedException {
        var answer = get("jobs/" + id);
        if (answer.status() != 200) { // then it matters whether other jobs are there
            throw new AssertionError("%s, databases %s, jobs %s".formatted(answer, get("databases"), get("jobs")));
        }
        return answer.body();
    }

    JsonNode awaitEnd(String jobId) throws IOException, InterruptedException {
        long until = System.nanoTime() + LONGEST_JOB.toNanos();
        while (true) {
            var job = get("jobs/" + jobId + "?wait=10s").body();
            if (List.of("SUCCEEDED", "FAILED", "CANCELLED")
                    .contains(job.get("state").asString())) {
                return job;
            }
            assertThat(System.nanoTime()).as("%s", job).isLessThan(until);
        }
    }

    /** Of a backup that must have succeeded. */
    String snapshotOf(JsonNode job) {
        assertThat(job.get("state").asString()).as("%s", job).isEqualTo("SUCCEEDED");
        return job.get("result").get("snapshotId").asString();
    }

    /** All of a database, newest first. */
    List<JsonNode> snapshots(String database) throws IOException, InterruptedException {
        var all = new ArrayList<JsonNode>();
        var path = "databases/" + database + "/snapshots?limit=100";
        for (var cursor = ""; ; ) {
            var page = get(path + cursor).body();
            page.get("items").forEach(all::add);
            if (!page.hasNonNull("nextCursor")) {
                return all;
            }
            cursor = "&cursor=" + page.get("nextCursor").asString();
        }
    }

    Download download(String snapshotId, Path target) throws IOException, InterruptedException {
        var request = request("snapshots/" + snapshotId + "/content").build();
        var response = HTTP.send(request, BodyHandlers.ofFile(target));
        assertThat(response.statusCode()).isEqualTo(200);
        return new Download(target, response.headers());
    }
}
