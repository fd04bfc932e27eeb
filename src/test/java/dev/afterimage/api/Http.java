package dev.afterimage.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A client of the service as any other would be. Paths are below {@code /api/v1} unless they begin with {@code //}.
 *
 * @param token empty for none
 */
public record Http(int port, String token) {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** With the token that a service wrote into its home. */
    public static Http admin(int port, Path home) {
        try {
            return new Http(port, Files.readString(home.resolve("admin-token")).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Http as(String other) {
        return new Http(port, other);
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + (path.startsWith("//") ? path.substring(1) : "/api/v1" + path));
    }

    public Answer get(String path, String... headers) {
        return send(request(path, headers).GET());
    }

    public Answer head(String path, String... headers) {
        return send(request(path, headers).HEAD());
    }

    public Answer post(String path, String json, String... headers) {
        return send("POST", path, json, headers);
    }

    public Answer patch(String path, String json) {
        return send("PATCH", path, json);
    }

    public Answer delete(String path) {
        return send(request(path).DELETE());
    }

    public Answer send(String method, String path, String json, String... headers) {
        var request = request(path, headers).method(method, BodyPublishers.ofString(json));
        return send(json.isEmpty() ? request : request.header("Content-Type", "application/json"));
    }

    public HttpRequest.Builder request(String path, String... headers) {
        var request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofMinutes(5));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return headers.length == 0 ? request : request.headers(headers);
    }

    public Answer send(HttpRequest.Builder request) {
        try {
            return new Answer(CLIENT.send(request.build(), BodyHandlers.ofByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
