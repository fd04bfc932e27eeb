package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Afterimage;
import dev.afterimage.SecondJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the one entry point makes of its arguments. Every other test of this package starts the service by it. */
class CommandLineTests {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"extrct", "--server.port=0 list"})
    void mainWhenTheCommandLineMakesNoSenseStartsNothingAndExitsWith2(String line) throws Exception {
        var run = CommandRun.in(directory, ServiceRuntime.command(), (Object[]) line.split(" "));

        assertMakesNoSense(run);
        assertThat(directory).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "extract",
                "list",
                "-x",
                "demo-writer",
                "list --repository . --nonsense",
                "extract --repository . --database a --to b --check hard",
                "extract --repository . --database a --to b --snapshot 0197d0c",
                "extract --repository . --database a --to b --snapshot newest"
            })
    void runWhenTheCommandLineMakesNoSenseSaysSo(String line) {
        assertMakesNoSense(CommandRun.here((Object[]) line.split(" ")));
    }

    private static void assertMakesNoSense(CommandRun run) {
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).isNotBlank().doesNotContain("Exception");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void runWhenTheCommandIsMisspeltNamesTheRightOne() {
        assertThat(CommandRun.here("extrct").err()).contains("extrct", "afterimage extract");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "help", "help extract", "extract --help", "list --help"})
    void runWhenAskedForHelpTellsTheExitCodes(String line) {
        var run = CommandRun.here((Object[]) line.split(" "));

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("Usage: afterimage", "Exit codes:", "0   done", "1   failed", "2   the command");
        if (line.contains("extract")) {
            assertThat(run.out())
                    .contains("--repository", "--database", "--snapshot", "latest", "--to", "--check")
                    .contains("none, quick, full");
        }
    }

    @Test
    void mainWhenAskedForTheVersionPrintsIt() throws Exception {
        var run = CommandRun.of("--version");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).matches("afterimage \\d+\\.\\d+\\.\\d+.*\\R");
    }

    @Test
    void extractLoadsNoClassOfSpring() throws Exception {
        var repository = new SavedRepository(directory.resolve("repository"));
        var source = directory.resolve("users.db");
        Users.create(source, "DELETE", 100);
        repository.save(SavedRepository.ORDERS, "orders", 1, source);
        var log = directory.resolve("classes.log");
        var java = SecondJvm.java(
                "-Xlog:class+load:file=" + log,
                "-cp",
                System.getProperty("java.class.path"),
                Afterimage.class.getName());

        var run = CommandRun.in(
                directory, java, "extract", "--repository", "repository", "--database", "orders", "--to", "copy.db");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Files.readAllLines(log))
                .anyMatch(line -> line.contains(" dev.afterimage.sqlite.check.IntegrityCheck "))
                .noneMatch(line -> line.contains(" org.springframework.") || line.contains(" ch.qos.logback."));
    }
}
