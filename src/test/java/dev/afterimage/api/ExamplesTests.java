package dev.afterimage.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** The examples for CI pipelines: the script as a pipeline runs it. */
@EnabledOnOs(OS.LINUX)
class ExamplesTests extends ApiTest {

    private static final Path SCRIPT = Path.of("examples/backup-and-wait.sh").toAbsolutePath();

    @TempDir
    Path dir;

    private record Ended(int code, String output, String error) {}

    @BeforeEach
    void requireTools() {
        assumeThat(Stream.of("curl", "jq", "sha256sum")).allMatch(ExamplesTests::isOnPath);
    }

    private static boolean isOnPath(String command) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, command)));
    }

    @Test
    void backupAndWaitDownloadsTheSnapshotThatItTook() throws Exception {
        register(database(name));

        var ended = run(Map.of(), name, "copy.db");

        assertThat(ended.code()).as(ended.error()).isZero();
        var snapshot = ended.output().strip();
        assertThat(http.get("/snapshots/" + snapshot).json().get("verification").asString())
                .isEqualTo("PASSED");
        assertSameBytes(
                Files.readAllBytes(dir.resolve("copy.db")),
                http.get("/snapshots/" + snapshot + "/content").bytes());
        assertThat(dir.resolve("copy.db.part")).doesNotExist();
    }

    @Test
    void backupAndWaitWithTheSameKeyTakesOneSnapshot() throws Exception {
        register(database(name));
        var environment = Map.of("AFTERIMAGE_KEY", name);

        var first = run(environment, name);
        var second = run(environment, name);

        assertThat(first.code()).as(first.error()).isZero();
        assertThat(second).isEqualTo(first);
        assertThat(dir.resolve(name + ".db")).exists();
    }

    @Test
    void backupAndWaitWhenTheDatabaseIsUnknownSaysSo() throws Exception {
        assertFails(run(Map.of(), "nobody/knows", "copy.db"), 1, "INVALID_REQUEST", "RESOURCE_NOT_FOUND");
        assertFails(run(Map.of(), "unknown", "copy.db"), 1, "DATABASE_NOT_FOUND");
    }

    @Test
    void backupAndWaitWithoutATokenIsRefused() throws Exception {
        assertFails(run(Map.of("AFTERIMAGE_TOKEN", ""), "orders", "copy.db"), 1, "UNAUTHENTICATED");
    }

    @Test
    void backupAndWaitWhenTheBackupFailsTellsTheProblem() throws Exception {
        var file = database(name);
        register(file);
        truncated(file);
        Files.writeString(dir.resolve("copy.db"), "of yesterday");

        var ended = run(Map.of(), name, "copy.db");

        assertThat(ended.code()).as(ended.toString()).isEqualTo(1);
        assertThat(ended.error()).contains("FAILED", "SOURCE_CORRUPT");
        assertThat(ended.output()).isEmpty();
        assertThat(dir.resolve("copy.db")).hasContent("of yesterday");
    }

    @Test
    void backupAndWaitWhenTheBackupDoesNotEndGivesUp() throws Exception {
        try (var application = lockedDatabase()) {
            var ended = run(Map.of("AFTERIMAGE_TIMEOUT", "1"), name, "copy.db");

            assertFails(ended, 3, "still");
        }
    }

    @Test
    void backupAndWaitWhenTheDownloadIsDamagedFails() throws Exception {
        register(database(name));
        var curl = Files.writeString(dir.resolve("curl"), """
                #!/bin/sh
                PATH=${PATH#*:}
                curl "$@"
                case "$*" in */content*) echo more >> copy.db.part ;; esac
                """);
        Files.setPosixFilePermissions(curl, PosixFilePermissions.fromString("rwx------"));

        var ended = run(Map.of("PATH", dir + ":" + System.getenv("PATH")), name, "copy.db");

        assertFails(ended, 4, "SHA-256");
        assertThat(dir.resolve("copy.db.part")).doesNotExist();
    }

    @Test
    void backupAndWaitWithoutADatabaseTellsItsUse() throws Exception {
        assertFails(run(Map.of()), 2, "usage");
    }

    @ParameterizedTest
    @ValueSource(strings = {"github-actions.yml", "gitlab-ci.yml"})
    void pipelinesAreYamlAndRunTheScript(String pipeline) throws Exception {
        Object parsed = new Yaml().load(Files.readString(SCRIPT.resolveSibling(pipeline)));

        assertThat(parsed).isInstanceOf(Map.class);
        assertThat(parsed.toString()).contains("ci/" + SCRIPT.getFileName() + " orders orders.db");
    }

    private void assertFails(Ended ended, int code, String... oneOf) {
        assertThat(ended.code()).as(ended.toString()).isEqualTo(code);
        assertThat(ended.error()).containsAnyOf(oneOf);
        assertThat(ended.output()).isEmpty();
        assertThat(dir.resolve("copy.db")).doesNotExist();
    }

    private Ended run(Map<String, String> environment, String... arguments) throws Exception {
        var output = dir.resolve("output");
        var error = dir.resolve("error");
        var command = Stream.concat(Stream.of(SCRIPT.toString()), Stream.of(arguments));
        var builder = new ProcessBuilder(command.toList())
                .directory(dir.toFile())
                .redirectOutput(output.toFile())
                .redirectError(error.toFile());
        builder.environment().put("AFTERIMAGE_URL", http.uri("//").toString().replaceAll("/$", ""));
        builder.environment().put("AFTERIMAGE_TOKEN", http.token());
        builder.environment().putAll(environment);
        var process = builder.start();
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), Files.readString(output), Files.readString(error));
    }
}
