package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumingThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The demo as its user sees it: what it prints, and that what it prints can be pasted. */
class DemoTests {

    private static final Pattern END = Pattern.compile("Stop with Ctrl-C");
    private static final Pattern WRITER = Pattern.compile("Process (\\d+) keeps writing orders");

    @TempDir
    Path directory;

    @Test
    void demoTellsATrueStoryAndEndsItsWriterHoweverItEndsAndCanBeRunAgain() throws Exception {
        try (var demo = start()) {
            demo.awaitLine(END);
            assertThat(demo.output())
                    .contains("checked     FULL PASSED", "orders, all there up to no.")
                    .doesNotContain("ERROR");
            long writer = Long.parseLong(demo.awaitLine(WRITER).group(1));
            assertThat(demo.children()).containsExactly(writer);
            assumingThat(hasCurl(), () -> requireLinesToWorkWhenPasted(demo));

            demo.kill();
            requireGone(writer);
        }
        try (var demo = start()) {
            demo.awaitLine(END);
            assertThat(demo.output()).contains("orders, all there up to no.").doesNotContain("ERROR");
            long writer = Long.parseLong(demo.awaitLine(WRITER).group(1));

            demo.terminate();
            assertThat(demo.awaitExit()).isEqualTo(143);
            requireGone(writer);
        }
    }

    private void requireLinesToWorkWhenPasted(RunningProgram demo) throws Exception {
        var lines = demo.output()
                .replace("\\\n", " ")
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith("curl "))
                .toList();
        assertThat(lines).hasSize(5);
        var token = demo.output()
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith("TOKEN="))
                .findFirst()
                .orElseThrow();

        var backup = paste(token, lines.get(0));
        assertThat(backup.get("state").asString()).isIn("QUEUED", "RUNNING");
        assertThat(paste(token, lines.get(1)).get("items").get(0).get("id")).isEqualTo(backup.get("id"));
        assertThat(paste(token, lines.get(2)).get("items")).isNotEmpty();
        paste(token, lines.get(3));
        assertThat(directory.resolve("afterimage-demo/downloaded.db")).isNotEmptyFile();
        var restore = paste(token, lines.get(4));
        var address = Pattern.compile("http://127\\.0\\.0\\.1:\\d+").matcher(lines.get(4));
        assertThat(address.find()).isTrue();
        var client = new ServiceClient(java.net.URI.create(address.group()), directory.resolve("afterimage-demo/data"));
        assertThat(client.awaitEnd(restore.get("id").asString()).get("state").asString())
                .isEqualTo("SUCCEEDED");
        assertThat(directory.resolve("afterimage-demo/restored-by-hand.db")).isNotEmptyFile();
        client.snapshotOf(client.awaitEnd(backup.get("id").asString()));
    }

    private RunningProgram start() throws IOException {
        var command = new ArrayList<>(ServiceRuntime.command());
        command.addAll(List.of("--spring.profiles.active=demo", "--server.port=0"));
        return RunningProgram.startIn(directory, command);
    }

    private static void requireGone(long pid) throws Exception {
        var process = ProcessHandle.of(pid);
        if (process.isPresent()) {
            process.get().onExit().get(5, TimeUnit.MINUTES);
        }
    }

    private static boolean hasCurl() throws Exception {
        try (var program = RunningProgram.start(List.of("sh", "-c", "command -v curl"))) {
            return program.awaitExit() == 0;
        }
    }

    /** Runs a line in a shell that has the token; the answer, or nothing when it prints none. */
    private static JsonNode paste(String token, String line) throws Exception {
        try (var shell = RunningProgram.start(List.of("sh", "-c", token + "\n" + line))) {
            assertThat(shell.awaitExit()).as(shell.output()).isZero();
            return new JsonMapper().readTree(shell.output());
        }
    }
}
