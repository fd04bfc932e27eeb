package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The disk of the home at 0 bytes, and every operation of the API. */
class FullHomeTests {

    private static final Map<String, ?> SCHEDULE = Map.of("cron", "@daily");

    @TempDir
    Path directory;

    private Path disk;

    @BeforeEach
    void mountADisk() throws Exception {
        disk = Files.createDirectory(directory.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", disk.toString()) == 0, "mount takes root");
    }

    @AfterEach
    void unmountIt() throws Exception {
        run("umount", "--lazy", disk.toString());
    }

    private record Operation(String method, String path) {
        boolean frees() {
            return method.equals("DELETE")
                    || path.endsWith("/cancel")
                    || path.endsWith("/prune")
                    || method.equals("PATCH") && path.equals("snapshots/{id}"); // unpins
        }
    }

    @Test
    void everyOperationWhenTheDiskIsFullIsAnsweredWithoutADefectAndWhatFreesSpaceIsDone() throws Exception {
        var source = directory.resolve("users.db");
        Users.create(source, "WAL", 20_000);
        var setup = ServiceSetup.in(directory).home(disk.resolve("home"));
        String second;
        try (var service = setup.start()) {
            var client = service.client();
            client.register("users", source);
            var first = client.snapshotOf(client.backup("users"));
            second = client.snapshotOf(client.backup("users", Map.of("method", "VACUUM")));
            fill();
            requireNoDefect(client, operations(client), first);

            var unpinned = client.send("PATCH", "snapshots/" + first, Map.of("pinned", false));
            assertThat(unpinned.status()).as("%s", unpinned).isEqualTo(200);
            var deleted = client.send("DELETE", "snapshots/" + first + "?force=true", Map.of());
            assertThat(deleted.status()).as("%s", deleted).isEqualTo(204);
            var pruned = client.awaitEnd(client.submit("repository/prune", Map.of()));
            assertThat(pruned.get("state").asString()).as("%s", pruned).isEqualTo("SUCCEEDED");
            assertThat(client.get("snapshots/" + second).status()).isEqualTo(200);

            Files.delete(disk.resolve("filler"));
            await().until(() ->
                    client.send("PUT", "databases/users/schedule", SCHEDULE).status() == 200);
            assertThat(client.backup("users").get("state").asString()).isEqualTo("SUCCEEDED");
            assertThat(Files.size(setup.home().resolve("reserve"))).isEqualTo(8 << 20);
            assertThat(service.output()).doesNotContain("met a defect");
            fill();
            service.kill();
        }
        try (var service = setup.start()) { // also when it is started only then
            var deleted = service.client().send("DELETE", "snapshots/" + second + "?force=true", Map.of());
            assertThat(deleted.status()).as("%s", deleted).isEqualTo(204);
        }
    }

    private static void requireNoDefect(ServiceClient client, List<Operation> operations, String snapshot)
            throws Exception {
        assertThat(operations).hasSizeGreaterThan(60);
        for (var operation : operations) {
            if (!operation.frees()) { // these come last, and are done
                var path = operation
                        .path()
                        .replace("/jobs/{id}", "/jobs/" + UUID.randomUUID())
                        .replace("{id}", snapshot)
                        .replace("{other}", snapshot)
                        .replace("{snapshotId}", snapshot)
                        .replace("{groupId}", UUID.randomUUID().toString())
                        .replace("{name}", "users")
                        .replaceAll("^events$", "events?lasts=1s"); // else it goes on for a day
                int status = status(client, operation.method(), path);
                assertThat(status).as("%s %s", operation.method(), path).isNotEqualTo(500);
                if (!operation.method().matches("GET|HEAD") && !path.endsWith("/preview")) {
                    assertThat(status).as("%s %s", operation.method(), path).isIn(400, 404, 409, 415, 507);
                }
            }
        }
        var refused = client.send("PUT", "databases/users/schedule", SCHEDULE);
        assertThat(refused.status()).as("%s", refused).isEqualTo(507);
        assertThat(refused.body().get("code").asString()).isEqualTo("STORAGE_FULL");
        assertThat(refused.body().get("retryable").asBoolean()).isTrue();
        assertThat(refused.body().get("hint").asString()).contains("DELETE /api/v1/snapshots/{id}");
    }

    private static int status(ServiceClient client, String method, String path) throws Exception {
        return method.matches("GET|HEAD")
                ? client.status(path)
                : client.send(method, path, Map.of()).status();
    }

    private static List<Operation> operations(ServiceClient client) throws Exception {
        var operations = new ArrayList<Operation>();
        for (var path : client.get("/v3/api-docs").body().get("paths").properties()) {
            for (var method : path.getValue().properties()) {
                operations.add(new Operation(
                        method.getKey().toUpperCase(Locale.ROOT), path.getKey().replaceFirst("^/api/v1/", "")));
            }
        }
        return operations;
    }

    /** To the last byte, by small pieces at the end. */
    private void fill() throws IOException {
        try (var filler = Files.newOutputStream(disk.resolve("filler"))) {
            fill(filler, 1 << 20);
        }
        try (var filler = Files.newOutputStream(disk.resolve("filler"), java.nio.file.StandardOpenOption.APPEND)) {
            fill(filler, 1 << 12);
        }
        assertThat(Files.getFileStore(disk).getUsableSpace()).isZero();
    }

    private static void fill(OutputStream filler, int piece) {
        try {
            while (true) {
                filler.write(new byte[piece]);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    private static int run(String... command) throws Exception {
        try (var program = RunningProgram.start(List.of(command))) {
            return program.awaitExit();
        }
    }
}
