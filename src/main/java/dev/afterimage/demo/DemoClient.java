package dev.afterimage.demo;

import java.io.IOException;
import java.util.Map;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.client.RestClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Uses the service as anyone does: over HTTP. */
final class DemoClient {

    private static final JsonMapper JSON = new JsonMapper();

    private final RestClient http;

    DemoClient(String service, String token) {
        this.http = RestClient.builder()
                .baseUrl(service + "/api/v1")
                .defaultHeader("Authorization", "Bearer " + token)
                .defaultStatusHandler(HttpStatusCode::isError, (request, response) -> {
                    throw new DemoException(problem(response));
                })
                .build();
    }

    private static JsonNode problem(ClientHttpResponse response) throws IOException {
        return JSON.readTree(response.getBody());
    }

    JsonNode get(String path) {
        return read(http.get().uri(path));
    }

    JsonNode post(String path, Map<String, ?> body) {
        return read(
                http.post().uri(path).contentType(MediaType.APPLICATION_JSON).body(JSON.writeValueAsString(body)));
    }

    private static JsonNode read(RestClient.RequestHeadersSpec<?> request) {
        var body = request.accept(MediaType.APPLICATION_JSON).retrieve().body(String.class);
        return JSON.readTree(body == null ? "" : body);
    }

    /** Posts what makes a job, and waits for its end. Throws when it did not succeed. */
    JsonNode run(String path, Map<String, ?> body) {
        var job = post(path, body);
        while (!job.path("finishedAt").isString()) {
            job = get("/jobs/" + job.get("id").asString() + "?wait=30s");
        }
        if (!job.get("state").asString().equals("SUCCEEDED")) {
            throw new DemoException(job.path("problem"));
        }
        return job;
    }
}
