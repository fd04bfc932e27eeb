package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A storage that fills: by its quota, and by the real end of a disk. */
class FullStorageTests {

    private static final int ROWS = 10_000;

    @TempDir
    Path directory;

    @Test
    void backupWhenTheQuotaIsUsedUpFailsAndTheNextSucceedsAfterADelete() throws Exception {
        Users.create(source(), "WAL", ROWS);
        var like = new SavedRepository(directory.resolve("like")).save(SavedRepository.ORDERS, "users", 1, source());
        long quota = like.storedBytes() * 3 / 2;
        try (var service = ServiceSetup.in(directory)
                .with("--afterimage.storage.quota=" + quota + "B")
                .start()) {
            var client = service.client();
            var first = firstSnapshot(client);
            addRow(); // what is stored already would need no room
            requireFull(client, first);

            var path = "snapshots/" + id(first);
            assertThat(client.send("DELETE", path, Map.of()).status()).isEqualTo(409);
            assertThat(client.send("DELETE", path + "?force=true", Map.of()).status())
                    .isEqualTo(204);
            requireRows(client, client.snapshotOf(client.backup("users")), ROWS + 1);
        }
    }

    @Test
    void backupWhenTheDiskIsFullFailsAndTheNextSucceedsWhenThereIsRoom() throws Exception {
        var disk = Files.createDirectory(directory.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", disk.toString()) == 0, "mount takes root");
        try (var service = ServiceSetup.in(directory).home(disk.resolve("home")).start()) {
            Users.create(source(), "WAL", ROWS);
            var client = service.client();
            var first = firstSnapshot(client);
            addRow();
            long copy = first.get("sizeBytes").asLong();
            long stored = first.get("storedBytes").asLong();

            resize(disk, used(disk) + copy / 2); // full in staging
            requireFull(client, first);
            resize(disk, used(disk) + copy + stored / 2); // full in the repository
            requireFull(client, first);

            resize(disk, 200_000_000);
            requireRows(client, client.snapshotOf(client.backup("users")), ROWS + 1);
        } finally {
            run("umount", "--lazy", disk.toString());
        }
    }

    private JsonNode firstSnapshot(ServiceClient client) throws Exception {
        client.register("users", source());
        return client.get("snapshots/" + client.snapshotOf(client.backup("users")))
                .body();
    }

    private void addRow() throws Exception {
        try (var connection = Users.open(source(), 0);
                var insert = Users.insert(connection)) {
            Users.add(insert, ROWS);
        }
    }

    private void requireFull(ServiceClient client, JsonNode before) throws Exception {
        // By VACUUM, which stores all: what an increment needs might still be there.
        var job = client.backup("users", Map.of("method", "VACUUM"));
        assertThat(job.get("state").asString()).as("%s", job).isEqualTo("FAILED");
        assertThat(job.get("problem").get("code").asString()).as("%s", job).isEqualTo("STORAGE_FULL");
        assertThat(client.snapshots("users")).extracting(FullStorageTests::id).containsExactly(id(before));
        requireRows(client, id(before), ROWS);
    }

    private void requireRows(ServiceClient client, String snapshotId, int rows) throws Exception {
        var download = client.download(snapshotId, directory.resolve("download.db"));
        download.requireToBe(client.get("snapshots/" + snapshotId).body());
        assertThat(Users.read(download.file())).matches(Users::whole).returns((long) rows, Users::rows);
        Files.delete(download.file());
    }

    private Path source() {
        return directory.resolve("users.db");
    }

    private static String id(JsonNode snapshot) {
        return snapshot.get("id").asString();
    }

    private static long used(Path disk) throws Exception {
        var store = Files.getFileStore(disk);
        return store.getTotalSpace() - store.getUnallocatedSpace();
    }

    private static void resize(Path disk, long bytes) throws Exception {
        assertThat(run("mount", "-o", "remount,size=" + bytes, disk.toString())).isZero();
    }

    private static int run(String... command) throws Exception {
        try (var program = RunningProgram.start(List.of(command))) {
            return program.awaitExit();
        }
    }
}
