package dev.afterimage.api;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the service answered. */
record Answer(HttpResponse<byte[]> response) {

    private static final JsonMapper JSON = new JsonMapper();

    int status() {
        return response.statusCode();
    }

    byte[] bytes() {
        return response.body();
    }

    String text() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    JsonNode json() {
        return JSON.readTree(bytes());
    }

    String header(String name) {
        return findHeader(name).orElseThrow();
    }

    Optional<String> findHeader(String name) {
        return response.headers().firstValue(name);
    }
}
