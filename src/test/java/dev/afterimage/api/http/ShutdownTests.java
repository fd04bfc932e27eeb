package dev.afterimage.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.Afterimage;
import dev.afterimage.api.ApiTest;
import dev.afterimage.api.Http;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
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

/** A service that stops owes an answer to those who wait, and its own end to who told it to stop. */
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
                        "--afterimage.shutdown.grace=1ms");
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

    /** The job takes minutes, and so does the download: what either may take does not add up. */
    @Test
    void closeWhenAJobRunsAndAClientReadsSlowlyEndsWithinOneTime(@TempDir Path directory) throws Exception {
        var large = ApiTest.database(directory.resolve("large.db"), "WAL", 20_000);
        var slow = ApiTest.database(directory.resolve("slow.db"), "WAL", 8_000);
        var home = Files.createDirectory(directory.resolve("home"));
        var service = new SpringApplicationBuilder(Afterimage.class)
                .run("--server.port=0", "--afterimage.home=" + home, "--afterimage.databases.roots=" + directory);
        int port = ((WebServerApplicationContext) service).getWebServer().getPort();
        var http = Http.admin(port, home);
        http.post("/databases", "{\"name\": \"large\", \"path\": \"%s\"}".formatted(large));
        http.post("/databases", "{\"name\": \"slow\", \"path\": \"%s\"}".formatted(slow));
        var backup =
                http.post("/databases/large/backups", "{\"verify\": \"NONE\"}").json();
        var taken =
                http.get("/jobs/" + backup.get("id").asString() + "?wait=60s").json();
        var content = "/snapshots/" + taken.get("result").get("snapshotId").asString() + "/content";
        var slowly = http.post("/databases/slow/backups", "{\"maxBytesPerSecond\": 65536}")
                .json();
        await().until(() -> http.get("/jobs/" + slowly.get("id").asString())
                .json()
                .get("state")
                .asString()
                .equals("RUNNING"));
        try (var client = new Socket()) {
            client.setReceiveBufferSize(1 << 14); // the rest of the content waits in the service
            client.connect(new InetSocketAddress("127.0.0.1", port));
            client.getOutputStream()
                    .write("GET /api/v1%s HTTP/1.1\r\nHost: x\r\nX-API-Key: %s\r\n\r\n"
                            .formatted(content, http.token())
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(client.getInputStream().read()).isPositive(); // and no more

            var started = Instant.now();
            service.close();

            assertThat(Duration.between(started, Instant.now()))
                    .as("5 s of grace and 3 s, on a busy machine; the web server alone would have waited for 30 s")
                    .isLessThan(Duration.ofSeconds(25));
        }
    }
}
