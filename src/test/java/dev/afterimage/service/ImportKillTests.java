package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} while an import waits: the file that was accepted is not lost, and what nobody needs is not kept. */
class ImportKillTests {

    @TempDir
    Path directory;

    @Test
    void killWhileAnImportIsQueuedLosesNothingOfItAndKeepsNoOtherFile() throws Exception {
        var setup = ServiceSetup.in(directory).with("--afterimage.jobs.workers=1");
        var live = directory.resolve("users.db");
        Users.create(live, "DELETE", 10_000); // about 3 MB
        var old = Files.copy(live, directory.resolve("old.db"));
        var uploads = setup.home().resolve("uploads");
        String backup;
        String accepted;
        try (var service = setup.start()) {
            var client = service.client();
            client.register("users", live);
            backup = client.submitBackup("users", Map.of("maxBytesPerSecond", 65_536)); // longer than this test
            accepted = client.submitImport("users", old);
            assertThat(client.job(accepted).get("state").asString()).isEqualTo("QUEUED");
            service.kill();
        }
        assertThat(uploads).isNotEmptyDirectory();
        Files.copy(old, uploads.resolve(UUID.randomUUID() + ".db")); // as if it had died before there was a job
        try (var service = setup.start()) {
            try (var files = Files.list(uploads)) {
                assertThat(files).as("only what a job needs").hasSize(1);
            }
            var client = service.client();
            client.send("POST", "jobs/" + backup + "/cancel", Map.of());
            var snapshot = client.snapshotOf(client.awaitEnd(accepted));
            assertThat(client.download(snapshot, directory.resolve("copy.db")).file())
                    .hasSameBinaryContentAs(old);
            assertThat(uploads).isEmptyDirectory();
        }
    }
}
