package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.SecondJvm;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.FaultyStorage;
import dev.afterimage.storage.local.LocalStorage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A machine that sleeps in the middle of a save, wakes when the grace is over, and goes on. */
@EnabledOnOs(OS.LINUX)
class SleptWriterTests {

    private static final Duration GRACE = Duration.ofMillis(500);
    private static final int PAGES = 500;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"layers/", "manifests/"})
    void publishWhenItSleptUntilLayersOfItsParentWereDeletedPublishesNothing(String beforePutting) throws Exception {
        var repository = Saving.repository(new FaultyStorage(new LocalStorage(root(), 0), call -> {}));
        UUID parent;
        try (var writer = repository.begin(NewSnapshots.DATABASE, null)) {
            writer.add(PageArrays.of(1024, PAGES, 1), PageProgress.NONE);
            parent = writer.publish(NewSnapshots.any()).id();
        }
        var command = SecondJvm.command(128, Saving.class);
        command.add(root().toString());
        command.add(parent.toString());
        command.add(beforePutting);
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var output = process.inputReader()) {
            assertThat(output.readLine()).isEqualTo("putting");
            signal(process, "STOP");
            deleteAfterTheGrace(repository, parent);
            signal(process, "CONT");
            process.outputWriter().append('\n').flush();

            assertThat(rest(output)).startsWith("failed: ").contains("it is missing");
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(repository.list(NewSnapshots.DATABASE).readable()).isEmpty();
        assertThat(repository.list(NewSnapshots.DATABASE).unreadable()).isEmpty();
    }

    private Path root() {
        return directory.resolve("repository");
    }

    private static void signal(Process process, String signal) throws Exception {
        var kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    /** As another process does it: it marks the layers, and deletes them when they have been marked for so long. */
    private static void deleteAfterTheGrace(Repository repository, UUID snapshot) {
        var layers = repository.readable(NewSnapshots.DATABASE, Set.of(snapshot)).stream()
                .flatMap(manifest -> manifest.layers().stream())
                .map(LayerRef::id)
                .toList();
        repository.delete(NewSnapshots.DATABASE, Set.of(snapshot));
        long until = System.nanoTime() + GRACE.toNanos();
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(GRACE.toNanos() / 10);
        }
        repository.settle(NewSnapshots.DATABASE, layers, layers);
    }

    private static String rest(BufferedReader output) throws IOException {
        return String.valueOf(output.readLine());
    }

    /** Another process: saves an increment, and waits before it puts the first object of a kind. */
    static final class Saving {

        static Repository repository(FaultyStorage storage) {
            return new Repository(
                    new Vault(storage, Clock.systemUTC()),
                    IndexCache.none(),
                    GRACE,
                    databaseId -> Set.of(),
                    Clock.systemUTC());
        }

        static void main(String[] arguments) {
            var storage = new FaultyStorage(new LocalStorage(Path.of(arguments[0]), 0), call -> {
                if (call.method().equals("put") && call.what().startsWith(arguments[2])) {
                    System.out.println("putting");
                    awaitLine();
                }
            });
            var repository = repository(storage);
            var parent = repository
                    .find(NewSnapshots.DATABASE, UUID.fromString(arguments[1]))
                    .orElseThrow();
            try (var writer = repository.begin(NewSnapshots.DATABASE, parent)) {
                var pages = PageArrays.of(1024, PAGES, 1);
                pages.write(7, 2);
                writer.add(pages, PageProgress.NONE);
                writer.publish(NewSnapshots.any());
                System.out.println("published");
            } catch (RuntimeException e) {
                System.out.println("failed: " + e.getMessage());
            }
        }

        private static void awaitLine() {
            try {
                System.in.read();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
