package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/** Imports wait when the service dies: the file that was accepted is not lost, and what nobody needs is not kept. */
final class ImportPromises implements Promises {

    private final Path live;
    private final Path old;
    private final Path uploads;

    /** It is before the import, and takes longer than the service lives. */
    private String backup = "";

    private String accepted = "";

    ImportPromises(ServiceSetup setup) throws Exception {
        this.live = setup.root().resolve("imported.db");
        Users.create(live, "DELETE", 10_000); // about 3 MB
        this.old = Files.copy(live, setup.root().resolve("old.db"));
        this.uploads = setup.home().resolve("uploads");
    }

    @Override
    public void prepare(ServiceClient client) throws Exception {
        client.register("imported", live);
    }

    @Override
    public void begin(ServiceClient client, Kill wanted) throws Exception {
        backup = client.submitBackup("imported", Map.of("maxBytesPerSecond", 65_536));
        accepted = client.submitImport("imported", old);
        assertThat(client.job(accepted).get("state").asString()).isEqualTo("QUEUED");
    }

    @Override
    public void whileDead() throws Exception {
        Files.copy(old, uploads.resolve(UUID.randomUUID() + ".db")); // as if it had died before there was a job
    }

    @Override
    public void requireKept(ServiceClient client) throws Exception {
        try (var files = Files.list(uploads)) {
            assertThat(files).as("only what a job needs").hasSizeLessThanOrEqualTo(1);
        }
        client.send("POST", "jobs/" + backup + "/cancel", Map.of());
        var job = client.awaitEnd(accepted);
        assertThat(job.path("problem").path("code").asString(""))
                .as("its upload was kept: %s", job)
                .isNotIn("STORAGE_UNREACHABLE", "NOT_A_DATABASE", "INTERNAL_ERROR");
        if (Promises.succeeded(job)) {
            var copy = client.download(client.snapshotOf(job), live.resolveSibling("imported-copy.db"));
            assertThat(copy.file()).hasSameBinaryContentAs(old);
            Files.delete(copy.file());
        }
        assertThat(uploads).isEmptyDirectory();
    }
}
