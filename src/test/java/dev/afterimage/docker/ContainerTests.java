package dev.afterimage.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import dev.afterimage.service.Certificate;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.utility.MountableFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The service's own image beside an application in another container, both on one volume. Needs the packaged jar and a
 * Docker engine. {@code AFTERIMAGE_TEST_BASE_IMAGE} names another base image than the Dockerfile's own, for engines that
 * reach no registry.
 */
@Testcontainers(disabledWithoutDocker = true)
@EnabledIf(value = "jarIsPackaged", disabledReason = "target/afterimage.jar is not there: run mvnw package first")
class ContainerTests {

    private static final Path JAR = Path.of("target/afterimage.jar");
    private static final String WRITER_CLASS = OrdersWriter.class.getName().replace('.', '/') + ".class";
    private static final String LIVE_DATABASE = "/databases/orders.db";

    private final String volume = "afterimage-test-" + UUID.randomUUID();
    private final HttpClient http = HttpClient.newHttpClient();
    private final JsonMapper json = new JsonMapper();
    private GenericContainer<?> service;
    private GenericContainer<?> application;

    static boolean jarIsPackaged() {
        return Files.exists(JAR);
    }

    @AfterEach
    void removeContainersAndVolume() {
        if (application != null) {
            application.stop();
            service.stop();
            DockerClientFactory.instance().client().removeVolumeCmd(volume).exec();
        }
    }

    private void startServiceThenApplication() {
        var image = image();
        service = service(image).withCreateContainerCmdModifier(this::shareVolume);
        application = new GenericContainer<>(image)
                .withCreateContainerCmdModifier(this::shareVolume)
                .withCreateContainerCmdModifier(create -> create.withEntrypoint(
                        "java",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        "/writer:/app/lib/*",
                        OrdersWriter.class.getName(),
                        LIVE_DATABASE))
                .withCopyFileToContainer(MountableFile.forClasspathResource(WRITER_CLASS), "/writer/" + WRITER_CLASS)
                .waitingFor(Wait.forLogMessage("committed \\d+\\n", 1));
        // In this order: the service's image gives a new volume its owner, and both run as that user.
        service.start();
        application.start();
    }

    private static ImageFromDockerfile image() {
        var image = new ImageFromDockerfile("afterimage-test", false)
                .withFileFromPath("Dockerfile", Path.of("Dockerfile"))
                .withFileFromPath("target/afterimage.jar", JAR);
        baseImage().ifPresent(base -> image.withBuildArg("BASE", base));
        return image;
    }

    /** It has started when its HEALTHCHECK says that it is well. */
    private static GenericContainer<?> service(ImageFromDockerfile image) {
        return new GenericContainer<>(image)
                .withCreateContainerCmdModifier(ContainerTests::harden)
                .withTmpFs(Map.of("/tmp", "exec,nosuid,nodev,size=64m,mode=1777"))
                .withExposedPorts(8080)
                .waitingFor(Wait.forHealthcheck().withStartupTimeout(Duration.ofMinutes(2)));
    }

    @Test
    void serviceOfAnyUserThatSpeaksTlsIsHealthyAndKeepsItsHomeToItself(@TempDir Path directory) throws Exception {
        var certificate = directory.resolve("tls.crt");
        var key = directory.resolve("tls.key");
        Certificate.make(directory, "container").write(certificate, key);
        try (var other = service(image())
                .withCreateContainerCmdModifier(create -> create.withUser("4242:4343"))
                .withEnv("SERVER_SSL_BUNDLE", "web")
                .withEnv("SPRING_SSL_BUNDLE_PEM_WEB_KEYSTORE_CERTIFICATE", Files.readString(certificate))
                .withEnv("SPRING_SSL_BUNDLE_PEM_WEB_KEYSTORE_PRIVATEKEY", Files.readString(key))) {
            other.start();

            assertThat(other.getLogs()).contains("(https)");
            assertThat(other.execInContainer("stat", "-c", "%u:%g %a", "/data/home")
                            .getStdout())
                    .isEqualTo("4242:4343 700\n");
        }
    }

    @Test
    void backupWhenAnApplicationInAnotherContainerCommitsSucceeds(@TempDir Path directory) throws Exception {
        startServiceThenApplication();
        var database = post("/databases", """
                {"name": "orders", "path": "%s"}""".formatted(LIVE_DATABASE));
        assertThat(database.statusCode()).as(database.body()).isEqualTo(201);

        var accepted = post("/databases/orders/backups", "{}");
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        var job = awaitEnd(json.readTree(accepted.body()).path("id").asString());
        assertThat(job.path("state").asString()).as(job.toPrettyString()).isEqualTo("SUCCEEDED");

        var snapshot = download(job.path("result").path("snapshotId").asString(), directory.resolve("snapshot.db"));
        assertThat(answerOf(snapshot, "PRAGMA integrity_check")).isEqualTo("ok");
        assertThat(answerOf(snapshot, "SELECT count(*) >= 100 FROM orders")).isEqualTo("1");
        assertThat(answerOf(snapshot, OrdersWriter.SUMS_AGREE)).isEqualTo("1");
        assertThat(application.isRunning())
                .as("without a busy timeout, an application that had to wait once would have died")
                .isTrue();
    }

    private static Optional<String> baseImage() {
        return Optional.ofNullable(
                System.getProperty("AFTERIMAGE_TEST_BASE_IMAGE", System.getenv("AFTERIMAGE_TEST_BASE_IMAGE")));
    }

    private void shareVolume(CreateContainerCmd create) {
        var host = create.getHostConfig();
        host.withBinds(Bind.parse(volume + ":/databases"));
    }

    /** As docker-compose.yml has it. */
    private static void harden(CreateContainerCmd create) {
        create.getHostConfig()
                .withReadonlyRootfs(true)
                .withCapDrop(Capability.ALL)
                .withSecurityOpts(List.of("no-new-privileges:true"));
    }

    private HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        var request = request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        return http.send(request, BodyHandlers.ofString());
    }

    private JsonNode awaitEnd(String jobId) throws IOException, InterruptedException {
        var request = request("/jobs/" + jobId + "?wait=60s").build();
        return json.readTree(http.send(request, BodyHandlers.ofString()).body());
    }

    private Path download(String snapshotId, Path target) throws IOException, InterruptedException {
        var request = request("/snapshots/" + snapshotId + "/content").build();
        var response = http.send(request, BodyHandlers.ofFile(target));
        assertThat(response.statusCode()).isEqualTo(200);
        return target;
    }

    private HttpRequest.Builder request(String path) {
        var token = service.copyFileFromContainer(
                "/data/home/admin-token", file -> new String(file.readAllBytes(), StandardCharsets.US_ASCII));
        return HttpRequest.newBuilder(api(path)).header("Authorization", "Bearer " + token.strip());
    }

    private URI api(String path) {
        return URI.create("http://" + service.getHost() + ":" + service.getMappedPort(8080) + "/api/v1" + path);
    }

    private static String answerOf(Path database, String query) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
