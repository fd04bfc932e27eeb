package dev.afterimage.jobs.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.web.server.context.WebServerApplicationContext;

class StagingLeftoversTests {

    @TempDir
    Path dir;

    @TempDir
    Path elsewhere;

    private TestCatalog catalog;
    private Path staging;

    @BeforeEach
    void openCatalog() {
        catalog = new TestCatalog(dir.resolve("home"), dir, new TestClock());
        staging = catalog.node.staging();
    }

    @AfterEach
    void closeCatalog() {
        catalog.close();
    }

    @Test
    void startDeletesWhatADeadProcessLeftBeforeTheWebServerStarts() throws Exception {
        Files.writeString(Files.createDirectories(staging.resolve("job/safety")).resolve("a.db"), "half a copy");
        Files.createFile(staging.resolve("look-1.db"));
        var kept = Files.createFile(elsewhere.resolve("somebody's.db"));
        Files.createSymbolicLink(staging.resolve("link"), elsewhere);
        var leftovers = new StagingLeftovers(catalog.node);

        leftovers.start();

        assertThat(staging).isEmptyDirectory();
        assertThat(kept).exists();
        assertThat(leftovers.getPhase()).isLessThan(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE);
    }

    @Test
    void startWhenStagingIsALinkLeavesItOne() throws Exception {
        Files.delete(staging);
        Files.createSymbolicLink(staging, elsewhere);
        Files.createFile(elsewhere.resolve("look-1.db"));
        new StagingLeftovers(catalog.node).start();
        assertThat(staging).isSymbolicLink().isEmptyDirectory();
    }

    @Test
    void startWhenSomebodyElseDeletesTheSameFilesGoesOn() throws Exception {
        var files = Files.createDirectory(staging.resolve("job"));
        for (int i = 0; i < 5_000; i++) {
            Files.createFile(files.resolve("file-" + i));
        }
        var other = CompletableFuture.runAsync(() -> deleteAll(files));
        new StagingLeftovers(catalog.node).start();
        other.join();
        assertThat(staging).isEmptyDirectory();
    }

    private static void deleteAll(Path directory) {
        try (var files = Files.list(directory)) {
            for (var file : files.toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
