package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Databases that the service's user may not read, or not write beside. */
class SourceAccessTests {

    @TempDir
    static Path directory;

    private static ServiceProcess service;
    private static ServiceClient client;

    private Path readOnly;

    @BeforeAll
    static void startServiceBoundByPermissions() throws Exception {
        service = ServiceSetup.in(directory).launchedBy(boundByPermissions()).start();
        client = service.client();
    }

    @AfterAll
    static void stopService() {
        service.close();
    }

    @BeforeEach
    void makeDirectory(TestInfo test) throws IOException {
        readOnly = Files.createDirectory(
                directory.resolve(test.getTestMethod().orElseThrow().getName()));
    }

    @AfterEach
    void permitToDeleteIt() throws IOException {
        permit(readOnly, "rwxr-xr-x");
    }

    @Test
    void backupWhenTheFileBecameUnreadableFailsWithAHint() throws Exception {
        var file = database("unreadable", "DELETE");
        permit(file, "---------");

        var problem = problem("unreadable");
        assertThat(problem.get("detail").asString()).contains(file.toString());
        assertThat(problem.get("hint").asString()).contains("readable for the user");
    }

    @Test
    void backupOfAWalDatabaseInAReadOnlyDirectoryFailsWithTheWaysOut() throws Exception {
        var file = database("wal", "WAL");
        for (var companion : List.of("-shm", "-wal")) { // as a file that was copied to a read-only medium comes alone
            Files.deleteIfExists(Path.of(file + companion));
        }
        permit(readOnly, "r-xr-xr-x");

        var problem = problem("wal");
        assertThat(problem.get("detail").asString()).contains(file.toString());
        assertThat(problem.get("hint").asString()).contains("-shm", "writable", "journal_mode=DELETE");
    }

    @Test
    void backupOfARollbackModeDatabaseInAReadOnlyDirectorySucceeds() throws Exception {
        database("journal", "DELETE");
        permit(readOnly, "r-xr-xr-x");

        var copy = client.download(client.snapshotOf(client.backup("journal")), directory.resolve("copy.db"));
        assertThat(Users.read(copy.file())).matches(Users::whole).returns(10L, Users::rows);
    }

    private Path database(String name, String journalMode) throws Exception {
        var file = readOnly.resolve("users.db");
        Users.create(file, journalMode, 10);
        client.register(name, file);
        return file;
    }

    private static JsonNode problem(String database) throws Exception {
        var job = client.backup(database);
        assertThat(job.get("state").asString()).as("%s", job).isEqualTo("FAILED");
        assertThat(job.get("problem").get("code").asString()).as("%s", job).isEqualTo("SOURCE_UNREADABLE");
        assertThat(client.snapshots(database)).isEmpty();
        return job.get("problem");
    }

    /** Runs a command without root's power to override permissions; proves that on a file that nobody may read. */
    private static List<String> boundByPermissions() throws Exception {
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
