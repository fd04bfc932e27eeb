package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.sqlite.OtherProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What docs/exclusive.md says, in a service that is configured as there, beside an application that keeps its databases to itself; and that the
 * application hears that a backup is over when the service was killed in the middle of it.
 */
@EnabledOnOs(OS.LINUX)
class ExclusiveApplicationTests {

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(console|yaml)\n(.*?)^```$");

    @TempDir
    Path temporary;

    private Path directory;

    @BeforeEach
    void makeSecret() throws IOException {
        directory = temporary.toRealPath();
        Files.writeString(directory.resolve("shop-secret"), "s3cret\n");
    }

    @Test
    void hooksLetBackupsInAndTheApplicationIsToldOfTheEndAlsoAfterAKill() throws Exception {
        assumeThat(List.of("bash", "curl", "jq")).allMatch(ExclusiveApplicationTests::isOnPath);
        int port;
        String killed;
        ServiceSetup setup;
        try (var application = OtherProcess.start(ExclusiveApplication.class, directory, 0)) {
            port = Integer.parseInt(application.nextLine());
            setup = configured(port);
            try (var service = setup.start()) {
                followThePage(service, port, application);
                requireAllWhole(service.client());
                requireLockedWithoutHooks(service.client());
                killed = killAfterBefore(service, application);
            }
            assertThat(application.isAlive()).as("no write failed").isTrue();
        }
        try (var service = setup.start()) {
            var client = service.client();
            assertThat(client.awaitEnd(killed).get("state").asString()).isEqualTo("FAILED");
            await().until(() -> service.output().contains("After job " + killed + ", to be tried again"));
            try (var application = OtherProcess.start(ExclusiveApplication.class, directory, port)) {
                application.awaitLine(Integer.toString(port));
                assertThat(application.nextLine())
                        .startsWith("/backup/after {\"job\":\"%s\",\"state\":\"FAILED\"".formatted(killed));
            }
        }
    }

    private ServiceSetup configured(int port) throws IOException {
        var files = new ArrayList<String>();
        for (var yaml : blocks("yaml")) {
            var file = Files.writeString(directory.resolve("hooks-" + files.size() + ".yml"), here(yaml, port));
            files.add("file:" + file);
        }
        return ServiceSetup.in(directory).with("--spring.config.import=" + String.join(",", files));
    }

    private void followThePage(ServiceProcess service, int port, OtherProcess application) throws Exception {
        var client = service.client();
        var refused = client.send("POST", "databases", Map.of("name", "orders", "path", file("orders")));
        assertThat(refused.body().get("code").asString()).isEqualTo("SOURCE_LOCKED");
        assertThat(refused.body().get("hint").asString()).contains("docs/exclusive.md");

        var script = new ArrayList<String>();
        script.add("set -euo pipefail");
        script.add(
                "API=%s/api/v1; TOKEN=$(cat %s)".formatted(service.address(), directory.resolve("home/admin-token")));
        script.add("call() { curl -sS --fail-with-body -H \"Authorization: Bearer $TOKEN\" \"$@\"; }");
        blocks("console").forEach(block -> script.add(here(block, port)));
        var output = directory.resolve("output");
        var process = new ProcessBuilder("bash", "-c", String.join("\n", script))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        var said = Files.readString(output);
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said.split("\"state\": \"SUCCEEDED\"", -1)).as(said).hasSize(1 + 4);

        assertThat(application.nextLine()).startsWith("/backup/before");
        assertThat(application.nextLine()).startsWith("/backup/after");
        assertThat(application.nextLine()).startsWith("/backup/before {\"job\"");
        assertThat(application.nextLine())
                .contains("after", "SUCCEEDED", "orders")
                .doesNotContain("stock");
        assertThat(application.nextLine()).contains("before", "RUNNING", "orders", "stock");
        assertThat(application.nextLine()).contains("after", "SUCCEEDED", "orders", "stock");
        assertThat(application.nextLine()).startsWith("/backup/copy");
        assertThat(application.nextLine()).startsWith("/backup/copy {\"job\"");
        assertThat(application.nextLine()).startsWith("/backup/copy");
    }

    /** There are as many rows as the application said in the same transaction. */
    private void requireAllWhole(ServiceClient client) throws Exception {
        int looked = 0;
        for (var database : List.of("orders", "stock", "orders-copy")) {
            for (var snapshot : client.snapshots(database)) {
                var copy = directory.resolve("snapshot-" + looked++ + ".db");
                client.download(snapshot.get("id").asString(), copy);
                try (var connection = DriverManager.getConnection("jdbc:sqlite:" + copy);
                        var statement = connection.createStatement();
                        var row = statement.executeQuery("SELECT n, (SELECT count(*) FROM item) FROM total")) {
                    assertThat(row.getLong(1)).isPositive().isEqualTo(row.getLong(2));
                }
            }
        }
        assertThat(looked).isEqualTo(5);
    }

    private void requireLockedWithoutHooks(ServiceClient client) throws Exception {
        try (var other = DriverManager.getConnection("jdbc:sqlite:" + file("stock"));
                var statement = other.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("SELECT n FROM total"))
                    .as("the application has gone back")
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("SQLITE_BUSY");
        }
        assertThat(client.send("PATCH", "databases/stock", Map.of("labels", Map.of()))
                        .status())
                .isEqualTo(200);
        var job = client.backup("stock", Map.of("deadline", "1ms"));
        assertThat(job.get("problem").get("code").asString()).isEqualTo("SOURCE_LOCKED");
        assertThat(job.get("problem").get("hint").asString()).contains("docs/exclusive.md");
    }

    /** Returns the id of the job. */
    private static String killAfterBefore(ServiceProcess service, OtherProcess application) throws Exception {
        var id = service.client().submitBackup("orders", Map.of("maxBytesPerSecond", 65_536));
        assertThat(application.nextLine()).startsWith("/backup/before {\"job\":\"%s\"".formatted(id));
        service.kill();
        return id;
    }

    private static List<String> blocks(String language) throws IOException {
        return BLOCK.matcher(Files.readString(Path.of("docs/exclusive.md")))
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }

    private String here(String block, int port) {
        return block.replace("127.0.0.1:7070", "127.0.0.1:" + port)
                .replace("/srv/shop", directory.toString())
                .replace("/etc/afterimage", directory.toString());
    }

    private String file(String database) {
        return directory.resolve(database + ".db").toString();
    }

    private static boolean isOnPath(String command) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(path -> Files.isExecutable(Path.of(path, command)));
    }
}
