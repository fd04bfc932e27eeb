package dev.afterimage.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Afterimage;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import tools.jackson.databind.json.JsonMapper;

/** A service that stops owes an answer to those who wait. */
class ShutdownTests {

    @Test
    void closeWhenClientsWaitAnswersThemAndDoesNotWaitForTheirTimeToBeOver(@TempDir Path directory) throws Exception {
        var file = ApiTest.database(directory.resolve("app.db"), "DELETE", 10);
        var home = Files.createDirectory(directory.resolve("home"));
        var service = new SpringApplicationBuilder(Afterimage.class)
                .run(
                        "--server.port=0",
                        "--afterimage.home=" + home,
                        "--afterimage.databases.roots=" + directory,
                        "--afterimage.jobs.shutdown-grace=1ms");
        var http = Http.admin(
                ((WebServerApplicationContext) service).getWebServer().getPort(), home);
        try (var application = ApiTest.open(file)) {
            http.post("/databases", "{\"name\": \"app\", \"path\": \"%s\"}".formatted(file));
            application.createStatement().execute("BEGIN EXCLUSIVE");
            var job = http.post("/databases/app/backups", "").json();
            var path = "/jobs/" + job.get("id").asString();
            var client = HttpClient.newHttpClient();
            var waiting = client.sendAsync(http.request(path + "?wait=10m").build(), BodyHandlers.ofString());
            assertThat(http.get(path + "?wait=1ms").status())
                    .isEqualTo(200); // so that the one before has most likely arrived
            var events = client.sendAsync(http.request(path + "/events").build(), BodyHandlers.ofInputStream())
                    .get(1, TimeUnit.MINUTES)
                    .body();
            assertThat(events.read()).isPositive();

            var started = Instant.now();
            service.close();
            assertThat(Duration.between(started, Instant.now())).isLessThan(Duration.ofMinutes(1));

            var answer = waiting.get(1, TimeUnit.MINUTES);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(new JsonMapper().readTree(answer.body()).get("state").asString())
                    .isEqualTo("QUEUED");
            events.readAllBytes(); // it ends, and not by a broken connection
        }
    }
}
