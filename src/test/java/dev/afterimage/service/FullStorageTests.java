package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A storage that fills: by its quota, and by the real end of a disk. */
class FullStorageTests {

    /** About 8 MB, and 3 MB when stored. */
    private static final int ROWS = 20_000;

    @TempDir
    Path directory;

    @Test
    void backupWhenTheQuotaIsUsedUpFailsAndTheNextSucceedsAfterADelete() throws Exception {
        try (var service = ServiceSetup.in(directory)
                .with("--afterimage.storage.quota=4MB")
                .start()) {
            fillAndRecover(service.client());
        }
    }

    @Test
    void backupWhenTheDiskIsFullFailsAndTheNextSucceedsAfterADelete() throws Exception {
        var disk = Files.createDirectory(directory.resolve("disk"));
        assumeTrue(mount(disk), "no tmpfs can be mounted here: that takes root");
        try (var service = ServiceSetup.in(directory).home(disk.resolve("home")).start()) {
            fillAndRecover(service.client());
        } finally {
            run("umount", "--lazy", disk.toString());
        }
    }

    private void fillAndRecover(ServiceClient client) throws Exception {
        var source = directory.resolve("users.db");
        Users.create(source, "WAL", ROWS);
        client.register("users", source);
        var first = client.snapshotOf(client.backup("users"));
        addRow(source); // what is stored already needs no room

        var full = client.backup("users");
        assertThat(full.get("state").asString()).as("%s", full).isEqualTo("FAILED");
        assertThat(full.get("problem").get("code").asString()).as("%s", full).isEqualTo("STORAGE_FULL");
        assertThat(client.snapshots("users"))
                .extracting(snapshot -> snapshot.get("id").asString())
                .containsExactly(first);
        requireRows(client, first, ROWS);

        assertThat(client.send("DELETE", "snapshots/" + first, Map.of()).status())
                .isEqualTo(409);
        assertThat(client.send("DELETE", "snapshots/" + first + "?force=true", Map.of())
                        .status())
                .isEqualTo(204);
        requireRows(client, client.snapshotOf(client.backup("users")), ROWS + 1);
    }

    private void requireRows(ServiceClient client, String snapshotId, int rows) throws Exception {
        var download = client.download(snapshotId, directory.resolve("download.db"));
        download.requireToBe(client.get("snapshots/" + snapshotId).body());
        assertThat(Users.read(download.file())).matches(Users::whole).returns((long) rows, Users::rows);
        Files.delete(download.file());
    }

    private static void addRow(Path source) throws Exception {
        try (var connection = Users.open(source, 0);
                var insert = Users.insert(connection)) {
            Users.add(insert, ROWS);
        }
    }

    private static boolean mount(Path disk) throws Exception {
        return run("mount", "-t", "tmpfs", "-o", "size=22m", "tmpfs", disk.toString()) == 0;
    }

    private static int run(String... command) throws Exception {
        try (var program = RunningProgram.start(List.of(command))) {
            return program.awaitExit();
        }
    }
}
