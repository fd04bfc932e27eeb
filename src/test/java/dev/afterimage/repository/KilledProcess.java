package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.SecondJvm;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A process of its own that works until it is killed. */
final class KilledProcess {

    private KilledProcess() {}

    /**
     * Runs a class that prints {@code saving} when it is at work, and kills it with SIGKILL.
     *
     * @param nanos after it has printed that
     */
    static void run(long nanos, Class<?> main, String... arguments) throws Exception {
        run(() -> LockSupport.parkNanos(nanos), main, arguments);
    }

    /** Kills it while it writes an object under the root of a storage. */
    static void runUntilItWrites(Path root, Class<?> main, String... arguments) throws Exception {
        var temporary = root.resolve("tmp").toFile();
        run(
                () -> {
                    for (var files = temporary.listFiles();
                            files == null || Stream.of(files).allMatch(file -> file.length() == 0);
                            files = temporary.listFiles()) {
                        Thread.onSpinWait();
                    }
                },
                main,
                arguments);
    }

    private static void run(Runnable waiting, Class<?> main, String... arguments) throws Exception {
        var command = SecondJvm.command(256, main);
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(output.readLine()).isEqualTo("saving");
            waiting.run();
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        }
    }
}
