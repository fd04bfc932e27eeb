package dev.afterimage.storage.local;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.storage.StorageIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PresenceTests {

    private static final UUID ID = UUID.randomUUID();

    @TempDir
    Path root;

    /** A pipe that nobody writes to answers as a network file system does whose server is gone: never. */
    @Test
    void requirePresenceWhenTheStorageDoesNotAnswerGivesItUpOnOneThreadAndFindsItAgain() throws Exception {
        var storage = new LocalStorage(root, 0, () -> Optional.of(ID), Duration.ofMillis(100));
        storage.asFound().identify(new StorageIdentity(ID, null));
        storage.requirePresence();
        var identity = root.resolve(StorageIdentity.KEY);
        var real = Files.move(identity, root.resolve("moved"));
        assertThat(new ProcessBuilder("mkfifo", identity.toString()).start().waitFor())
                .isZero();

        try (var callers = Executors.newFixedThreadPool(20)) {
            Callable<Object> look = () -> {
                assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, "cannot be read")
                        .isThrownBy(storage::requirePresence)
                        .withMessageContaining("has not answered");
                assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, "cannot be read")
                        .isThrownBy(() -> storage.asFound().identity());
                return storage;
            };
            for (var caller : callers.invokeAll(
                    IntStream.range(0, 100).mapToObj(each -> look).toList())) {
                caller.get();
            }
        }
        assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, "cannot be read").isThrownBy(storage::create);
        await().untilAsserted(() ->
                assertThat(readers()).as("threads that wait for the storage").isEqualTo(1));

        var pipe = Files.move(identity, root.resolve("pipe"));
        Files.move(real, identity);
        Files.write(pipe, new byte[0]); // the server is back
        await().ignoreExceptions().untilAsserted(storage::requirePresence);
    }

    private static long readers() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().equals("storage-identity"))
                .filter(thread -> IntStream.range(0, thread.getValue().length)
                        .anyMatch(frame ->
                                thread.getValue()[frame].getMethodName().equals("readNow")))
                .count();
    }
}
