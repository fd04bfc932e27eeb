package dev.afterimage.api;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the service answered. */
public record Answer(HttpResponse<byte[]> response) {

    private static final JsonMapper JSON = new JsonMapper();

    public int status() {
        return response.statusCode();
    }

    public byte[] bytes() {
        return response.body();
    }

    public String text() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    public JsonNode json() {
        return JSON.readTree(bytes());
    }

    public String header(String name) {
        return findHeader(name).orElseThrow();
    }

    public Optional<String> findHeader(String name) {
        return response.headers().firstValue(name);
    }
}
