package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Databases that the service's user may not read, or not write beside. */
class SourceAccessTests {

    @TempDir
    Path directory;

    private ServiceProcess service;
    private ServiceClient client;
    private Path readOnly;

    @BeforeEach
    void startServiceBoundByPermissions() throws Exception {
        readOnly = Files.createDirectory(directory.resolve("read-only"));
        service = ServiceSetup.in(directory).launchedBy(boundByPermissions()).start();
        client = service.client();
    }

    @AfterEach
    void stopService() throws IOException {
        service.close();
        permit(readOnly, "rwxr-xr-x");
    }

    @Test
    void backupWhenTheFileBecameUnreadableFailsWithAHint() throws Exception {
        var file = database(directory, "DELETE");
        permit(file, "---------");

        var problem = problem();
        assertThat(problem.get("detail").asString()).contains(file.toString());
        assertThat(problem.get("hint").asString()).contains("readable for the user");
    }

    @Test
    void backupOfAWalDatabaseInAReadOnlyDirectoryFailsWithTheWaysOut() throws Exception {
        var file = database(readOnly, "WAL");
        for (var companion : List.of("-shm", "-wal")) { // as a file that was copied to a read-only medium comes alone
            Files.deleteIfExists(Path.of(file + companion));
        }
        permit(readOnly, "r-xr-xr-x");

        var problem = problem();
        assertThat(problem.get("detail").asString()).contains(file.toString());
        assertThat(problem.get("hint").asString()).contains("-shm", "writable", "journal_mode=DELETE");
    }

    @Test
    void backupOfARollbackModeDatabaseInAReadOnlyDirectorySucceeds() throws Exception {
        database(readOnly, "DELETE");
        permit(readOnly, "r-xr-xr-x");

        var copy = client.download(client.snapshotOf(client.backup("users")), directory.resolve("copy.db"));
        assertThat(Users.read(copy.file())).matches(Users::whole).returns(10L, Users::rows);
    }

    private Path database(Path parent, String journalMode) throws Exception {
        var file = parent.resolve("users.db");
        Users.create(file, journalMode, 10);
        client.register("users", file);
        return file;
    }

    private JsonNode problem() throws Exception {
        var job = client.backup("users");
        assertThat(job.get("state").asString()).as("%s", job).isEqualTo("FAILED");
        assertThat(job.get("problem").get("code").asString()).as("%s", job).isEqualTo("SOURCE_UNREADABLE");
        assertThat(client.snapshots("users")).isEmpty();
        return job.get("problem");
    }

    /** Runs a command without root's power to override permissions; proves that on a file that nobody may read. */
    private List<String> boundByPermissions() throws Exception {
        var launcher = new ArrayList<String>();
        if (ProcessHandle.current().info().user().filter("root"::equals).isPresent()) {
            var powers = "-dac_override,-dac_read_search";
            launcher.addAll(List.of("setpriv", "--bounding-set=" + powers, "--inh-caps=" + powers));
        }
        var secret = Files.createFile(directory.resolve("secret"));
        permit(secret, "---------");
        var cat = new ArrayList<>(launcher);
        cat.addAll(List.of("cat", secret.toString()));
        try (var reading = RunningProgram.start(cat)) {
            assertThat(reading.awaitExit()).as(reading.output()).isNotZero();
            assertThat(reading.output()).contains("Permission denied");
        }
        return launcher;
    }

    private static void permit(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }
}
