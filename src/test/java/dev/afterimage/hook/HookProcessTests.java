package dev.afterimage.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.afterimage.problem.ProblemCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HookProcessTests {

    private static final Runnable NOTHING = () -> {};

    @TempDir
    Path dir;

    @Test
    void runGivesTheCommandItsArgumentsEnvironmentAndDirectory() throws Exception {
        var script = script("printf '%s|' \"$1\" \"$2\" \"$OWN\" \"$AFTERIMAGE_JOB\" \"$PWD\" > out; cat >> out");
        var command = List.of(script.toString(), "a b", "$(id)");
        var hook = new Command(command, Duration.ofMinutes(2), Map.of("OWN", "x", "AFTERIMAGE_JOB", "mine"), dir);
        HookProcess.run(hook, Map.of("AFTERIMAGE_JOB", "7"), NOTHING);
        assertThat(dir.resolve("out")).hasContent("a b|$(id)|x|7|" + dir.toRealPath() + "|");
    }

    @Test
    void runWhenItFailsTellsTheEndOfItsOutput() throws Exception {
        var script = script("head -c 100000 /dev/zero | tr '\\0' x; echo; echo the reason >&2; exit 3");
        assertThatThrownBy(() -> run(script, Duration.ofMinutes(2)))
                .isInstanceOfSatisfying(HookFailedException.class, e -> {
                    assertThat(e.code()).isEqualTo(ProblemCode.HOOK_FAILED);
                    assertThat(e.getMessage()).contains("hook.sh").contains("code 3");
                    var output = (String) e.problem().properties().get("output");
                    assertThat(output).endsWith("x\nthe reason\n").hasSize(OutputTail.MOST);
                });
    }

    @Test
    void runWhenItTakesTooLongKillsAllThatItHasStarted() throws Exception {
        runOutOfTime(script("sleep 600 & echo $! > child.tmp; mv child.tmp child; echo waiting; wait"));
        assertDead();
    }

    @Test
    void runWhenItTakesTooLongKillsAlsoWhatHasLostItsParent() throws Exception {
        runOutOfTime(script("(sleep 600 & echo $! > child.tmp; mv child.tmp child); sleep 600"));
        assertDead();
    }

    /** With more time, until the script comes to have its child. */
    private void runOutOfTime(Path script) {
        for (int millis = 1500; !Files.exists(dir.resolve("child")); millis *= 2) {
            var timeout = Duration.ofMillis(millis);
            assertThat(timeout).isLessThan(Duration.ofMinutes(2));
            assertThatThrownBy(() -> run(script, timeout))
                    .isInstanceOf(HookFailedException.class)
                    .hasMessageContaining(timeout.toMillis() + " ms");
        }
    }

    @Test
    void runWhenItIsToldToStopKillsIt() throws Exception {
        var script = script("sleep 600 & echo $! > child.tmp; mv child.tmp child; wait");
        var hook = hook(script, Duration.ofMinutes(5));
        assertThatThrownBy(() -> HookProcess.run(hook, Map.of(), () -> {
                    if (Files.exists(dir.resolve("child"))) {
                        throw new CancellationException("stop");
                    }
                }))
                .isInstanceOf(CancellationException.class);
        assertDead();
    }

    private void assertDead() throws Exception {
        long child = Long.parseLong(Files.readString(dir.resolve("child")).strip());
        await().until(() ->
                ProcessHandle.of(child).map(process -> !process.isAlive()).orElse(true));
    }

    /** A process that is just being executed has no environment for an instant; this one is executed again and again. */
    @Test
    void runWithAllItStartsWhenWhatItStartedIsBeingExecutedWaitsForItAndKillsIt() throws Exception {
        var again = dir.resolve("again.sh");
        Files.writeString(again, "#!/bin/sh\nexec " + again + "\n");
        again.toFile().setExecutable(true);
        var script = script("setsid ./again.sh & echo $! > child");
        for (int run = 0; run < 3; run++) {
            assertThatThrownBy(() -> HookProcess.runWithAllItStarts(
                            hook(script, Duration.ofSeconds(1)), UUID.randomUUID(), Map.of(), NOTHING, _ -> {}))
                    .isInstanceOf(HookFailedException.class)
                    .hasMessageContaining("with all that it has started");
            assertDead();
        }
    }

    @Test
    void runWhenTheProgramIsMissingFails() {
        assertThatThrownBy(() -> run(dir.resolve("nothing"), Duration.ofSeconds(1)))
                .isInstanceOf(HookFailedException.class)
                .hasMessageContaining("could not be started");
    }

    @Test
    void runDoesNotWaitForWhatIsLeftInTheBackground() throws Exception {
        var script = script("sleep 600 & echo $! > child; exit 0");
        run(script, Duration.ofMinutes(2));
        long child = Long.parseLong(Files.readString(dir.resolve("child")).strip());
        assertThat(ProcessHandle.of(child))
                .hasValueSatisfying(left ->
                        assertThat(left.destroyForcibly()).as("lived on").isTrue());
    }

    private void run(Path script, Duration timeout) {
        HookProcess.run(hook(script, timeout), Map.of(), NOTHING);
    }

    private Command hook(Path script, Duration timeout) {
        return new Command(List.of(script.toString()), timeout, Map.of(), dir);
    }

    private Path script(String commands) throws Exception {
        var script = Files.writeString(dir.resolve("hook.sh"), "#!/bin/sh\n" + commands + "\n");
        script.toFile().setExecutable(true);
        return script;
    }
}
