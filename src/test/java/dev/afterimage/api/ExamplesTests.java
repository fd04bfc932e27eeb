package dev.afterimage.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
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

    private static final Path SCRIPT = Path.of("examples/afterimage").toAbsolutePath();

    @TempDir
    Path dir;

    private List<String> interpreter = List.of();

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
    void helpTellsCommandsVariablesAndExitCodes() throws Exception {
        assertThat(succeeded("help"))
                .isEqualTo(succeeded("--help"))
                .contains("afterimage restore NAME --to PATH", "AFTERIMAGE_TOKEN", "5  status")
                .doesNotContain("#", "set -eu");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox sh"})
    void everyShellBacksUpDownloadsRestoresAndTellsTheStatus(String shell) throws Exception {
        interpreter = List.of(shell.split(" "));
        assumeThat(isOnPath(interpreter.getFirst()))
                .as("there is no %s", interpreter.getFirst())
                .isTrue();
        var file = database(name);

        assertThat(succeeded("protect", file.toString(), name, "--label", "team=shop", "--label", "kept"))
                .isEqualTo(name);
        assertFails(run(Map.of(), "status", name), 5, "UNPROTECTED");
        var snapshot = succeeded("backup", name, "--wait", "--label", "release=a = b");
        assertThat(succeeded("download", name, "copy.db")).isEqualTo(snapshot);
        var restored = ROOT.resolve(name + "-restored.db");
        assertThat(succeeded("restore", name, "--to", restored.toString())).isEqualTo(restored.toString());
        assertThat(succeeded("restore", name, "--over", name, "--dry-run")).contains("\"possible\": true");
        assertThat(succeeded("restore", name, "--over", name))
                .contains(file.toString(), "undo with the safety snapshot");
        assertThat(succeeded("drill", name)).matches("restored in \\d+ ms, checked in \\d+ ms");
        assertThat(succeeded("status", name)).startsWith("PROTECTED\t" + name);
        assertThat(succeeded("snapshots", name)).contains(snapshot);

        var known = http.get("/snapshots/" + snapshot).json();
        assertThat(known.get("verification").asString()).isEqualTo("PASSED");
        assertThat(known.get("labels").get("release").asString()).isEqualTo("a = b");
        assertThat(http.get("/databases/" + name).json().get("labels").size()).isEqualTo(2);
        var content = http.get("/snapshots/" + snapshot + "/content").bytes();
        assertSameBytes(Files.readAllBytes(dir.resolve("copy.db")), content);
        assertSameBytes(Files.readAllBytes(restored), content);
        assertThat(dir.resolve("copy.db.part")).doesNotExist();
    }

    @Test
    void flushWaitsUntilWhatWasCommittedIsInTheRepository() throws Exception {
        var file = database(ROOT.resolve(name + ".db"), "WAL", 10);
        try (var application = open(file)) {
            register(file);
            http.send("PUT", "/databases/" + name + "/follow", "{\"besideSource\": true}");
            application.createStatement().execute("CREATE TABLE more (a)");

            var commit = succeeded("flush", name, "--timeout", "60");

            assertThat(http.get("/databases/" + name + "/follow")
                            .json()
                            .get("position")
                            .get("storedCommit")
                            .asLong())
                    .isGreaterThanOrEqualTo(Long.parseLong(commit));
            assertThat(succeeded(
                            "restore",
                            name,
                            "--commit",
                            commit,
                            "--to",
                            ROOT.resolve(name + "-then.db").toString()))
                    .contains(name);
        }
        http.delete("/databases/" + name + "/follow");
    }

    @Test
    void backupWithTheSameKeyTakesOneSnapshot() throws Exception {
        register(database(name));

        var first = succeeded("backup", name, "--key", name);
        var second = succeeded("backup", name, "--key", name);

        assertThat(second).isEqualTo(first);
        assertThat(succeeded("wait", first)).isEqualTo(succeeded("backup", name, "--key", name, "--wait"));
    }

    @Test
    void everyCommandWhenTheDatabaseIsUnknownSaysSo() throws Exception {
        for (var command : List.of("backup", "download", "drill", "flush", "status")) {
            assertFails(run(Map.of(), command, "nobody/knows"), 2, "a name has no slash");
            assertFails(run(Map.of(), command, "unknown"), 1, "DATABASE_NOT_FOUND");
        }
        assertFails(run(Map.of(), "restore", "unknown", "--to", "/nowhere"), 1, "DATABASE_NOT_FOUND");
    }

    @Test
    void backupWithoutATokenIsRefused() throws Exception {
        assertFails(run(Map.of("AFTERIMAGE_TOKEN", ""), "backup", "orders"), 1, "UNAUTHENTICATED");
        assertFails(run(Map.of("AFTERIMAGE_TOKEN", ""), "backup", "orders"), 1, "AFTERIMAGE_TOKEN is not set");
    }

    @Test
    void downloadWhenNoCheckHasReadTheSnapshotAsAWholeComparesItsSizeAndSaysSo() throws Exception {
        register(database(name));
        var snapshot =
                backUp("{\"verify\": \"NONE\"}").get("result").get("snapshotId").asString();

        var ended = run(Map.of(), "download", name, "copy.db");

        assertThat(ended.code()).as(ended.error()).isZero();
        assertThat(ended.error()).contains("only its size was compared");
        assertSameBytes(
                Files.readAllBytes(dir.resolve("copy.db")),
                http.get("/snapshots/" + snapshot + "/content").bytes());
    }

    @Test
    void downloadOverADatabaseThatSomebodyMayHaveOpenIsRefused() throws Exception {
        var file = database(ROOT.resolve(name + ".db"), "WAL", 10);
        register(file);
        backUp("{}");
        var before = Files.readAllBytes(file);

        assertFails(run(Map.of(), "download", name, file.toString()), 2, "is the database itself");
        Files.createFile(dir.resolve("other.db-wal"));
        assertFails(run(Map.of(), "download", name, "other.db"), 2, "other.db-wal is there");

        assertSameBytes(Files.readAllBytes(file), before);
        assertThat(dir.resolve("other.db")).doesNotExist();
    }

    @Test
    void protectWhenItIsProtectedAlreadyIsDone() throws Exception {
        var file = database(name);
        succeeded("protect", file.toString(), name);

        assertThat(succeeded("protect", file.toString(), name)).isEqualTo(name);
        assertFails(run(Map.of(), "protect", database(name + "-other").toString(), name), 1, "DATABASE_EXISTS");
    }

    @Test
    void backupThatFailsTellsTheProblem() throws Exception {
        var file = database(name);
        register(file);
        truncated(file);

        var ended = run(Map.of(), "backup", name, "--wait");

        assertFails(ended, 1, "SOURCE_CORRUPT");
        assertThat(ended.error()).contains("FAILED");
    }

    @Test
    void backupThatDoesNotEndIsGivenUpAndTellsHowToGoOn() throws Exception {
        try (var application = lockedDatabase()) {
            var ended = run(Map.of("AFTERIMAGE_TIMEOUT", "1"), "backup", name, "--wait");

            assertFails(ended, 3, "go on waiting with");
        }
    }

    @Test
    void downloadThatIsDamagedLeavesTheFileAsItWas() throws Exception {
        register(database(name));
        succeeded("backup", name, "--wait");
        Files.writeString(dir.resolve("copy.db"), "of yesterday");
        var curl = Files.writeString(dir.resolve("curl"), """
                #!/bin/sh
                PATH=${PATH#*:}
                curl "$@"
                case "$*" in */content*) echo more >> copy.db.part ;; esac
                """);
        Files.setPosixFilePermissions(curl, PosixFilePermissions.fromString("rwx------"));

        var ended = run(Map.of("PATH", dir + ":" + System.getenv("PATH")), "download", name, "copy.db");

        assertFails(ended, 4, "SHA-256");
        assertThat(dir.resolve("copy.db")).hasContent("of yesterday");
        assertThat(dir.resolve("copy.db.part")).doesNotExist();
    }

    @Test
    void whatCannotBeMeantTellsTheUseAndDoesNothing() throws Exception {
        for (var wrong : List.of(
                List.<String>of(),
                List.of("destroy", "orders"),
                List.of("backup"),
                List.of("backup", "orders", "--colour"),
                List.of("backup", "orders", "--timeout", "soon"),
                List.of("backup", "one", "two", "three"),
                List.of("restore", "orders"),
                List.of("restore", "orders", "--to", "/a", "--over", "orders"),
                List.of("restore", "orders", "--to"),
                List.of("completion", "fish"))) {
            assertFails(run(Map.of(), wrong.toArray(String[]::new)), 2, "afterimage backup NAME");
        }
    }

    @Test
    void completionNamesCommandsAndDatabases() throws Exception {
        register(database(name));
        var completion = Files.writeString(dir.resolve("completion"), succeeded("completion", "bash"));
        Files.createSymbolicLink(dir.resolve("afterimage"), SCRIPT);
        interpreter = List.of("bash", "-c");

        var ended = run(Map.of("PATH", dir + ":" + System.getenv("PATH")), """
                source %s
                COMP_WORDS=(afterimage re) COMP_CWORD=1; _afterimage; echo "${COMPREPLY[@]}"
                COMP_WORDS=(afterimage backup %s) COMP_CWORD=2; _afterimage; echo "${COMPREPLY[@]}"
                """.formatted(
                        completion, name.substring(0, name.length() - 2)));

        assertThat(ended.output()).as(ended.error()).isEqualTo("restore\n" + name + "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"github-actions.yml", "gitlab-ci.yml"})
    void pipelinesAreYamlAndRunTheScript(String pipeline) throws Exception {
        Object parsed = new Yaml().load(Files.readString(SCRIPT.resolveSibling(pipeline)));

        assertThat(parsed).isInstanceOf(Map.class);
        assertThat(parsed.toString()).contains("ci/afterimage backup orders --wait");
    }

    private static void assertFails(Ended ended, int code, String... oneOf) {
        assertThat(ended.code()).as(ended.toString()).isEqualTo(code);
        assertThat(ended.error()).containsAnyOf(oneOf);
        assertThat(ended.output()).isEmpty();
    }

    private String succeeded(String... arguments) throws Exception {
        var ended = run(Map.of(), arguments);
        assertThat(ended.code()).as(ended.toString()).isZero();
        return ended.output().strip();
    }

    private Ended run(Map<String, String> environment, String... arguments) throws Exception {
        var output = dir.resolve("output");
        var error = dir.resolve("error");
        var command = new ArrayList<>(interpreter);
        if (!interpreter.contains("-c")) {
            command.add(SCRIPT.toString());
        }
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command)
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
