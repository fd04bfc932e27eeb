package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The repository's disk goes away under a running service, and comes back. */
class UnmountedRepositoryTests {

    @TempDir
    Path directory;

    @Test
    void nothingIsBegunAnewNorJudgedAndAllGoesOnWhenItIsBack() throws Exception {
        var setup = ServiceSetup.in(directory);
        var file = directory.resolve("users.db");
        Users.create(file, "WAL", 5_000);
        var mounted = directory.resolve("mounted");
        try (var service = setup.start()) {
            var client = service.client();
            client.register("users", file);
            var snapshot = client.snapshotOf(client.backup("users"));
            assertThat(protection(client)).isEqualTo("PROTECTED");
            Files.move(setup.repository(), mounted);
            Files.createDirectory(setup.repository());

            assertThat(protection(client)).isEqualTo("FAILING");
            assertThat(client.get("databases/users/protection")
                            .body()
                            .get("reason")
                            .asString())
                    .contains("away", setup.repository().toString());
            var health = client.get("/actuator/health").body();
            assertThat(health.get("components").get("repository").get("status").asString())
                    .isEqualTo("AWAY");
            var waiting = client.submitBackup("users", Map.of("deadline", "10m"));
            var check = client.awaitEnd(client.submit("repository/checks", Map.of("deadline", "1s")));
            assertThat(check.get("state").asString()).isEqualTo("FAILED");
            assertThat(check.get("problem").get("code").asString()).isEqualTo("STORAGE_UNREACHABLE");
            assertThat(client.send("DELETE", "snapshots/" + snapshot + "?force=true", Map.of())
                            .status())
                    .isEqualTo(503);
            Awaitility.await()
                    .until(
                            () -> client.job(waiting)
                                    .path("problem")
                                    .path("code")
                                    .asString(""),
                            "STORAGE_UNREACHABLE"::equals);
            assertThat(setup.repository()).isEmptyDirectory();

            Files.delete(setup.repository());
            Files.move(mounted, setup.repository());
            client.snapshotOf(client.awaitEnd(waiting));
            assertThat(protection(client)).isEqualTo("PROTECTED");
            assertThat(client.get("snapshots/" + snapshot).body().get("state").asString())
                    .isEqualTo("AVAILABLE");
            client.download(snapshot, directory.resolve("download.db"))
                    .requireToBe(client.get("snapshots/" + snapshot).body());
        }
    }

    private static String protection(ServiceClient client) throws Exception {
        return client.get("databases/users/protection").body().get("protection").asString();
    }
}
