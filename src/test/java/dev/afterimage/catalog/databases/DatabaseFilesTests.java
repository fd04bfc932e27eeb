package dev.afterimage.catalog.databases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseFilesTests {

    /** In which the file is back in time; only on a machine that stands still is it not in each. */
    private static final int ROUNDS = 20;

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private TestCatalog catalog;
    private Path file;

    @BeforeEach
    void register() throws Exception {
        catalog = new TestCatalog(dir.resolve("home"), dir, clock);
        file = Files.createFile(dir.resolve("app.db"));
        catalog.databases.add("app", file, Map.of());
    }

    @AfterEach
    void close() {
        catalog.close();
    }

    @Test
    void noteMissingWhenAFileIsGoneNotesSinceWhenAndForgetsItWhenItIsBack() throws Exception {
        Files.delete(file);
        assertThat(catalog.databaseFiles.noteMissing()).isEqualTo(1);
        assertThat(catalog.databases.get("app").missingSince()).isEqualTo(clock.instant());

        Files.createFile(file);
        assertThat(catalog.databaseFiles.noteMissing()).isZero();
        assertThat(catalog.databases.get("app").missingSince()).isNull();
    }

    @Test
    void noteMissingWhenAFileIsGoneForAMomentNotesNothing() throws Exception {
        boolean isNoted = true;
        for (int round = 0; round < ROUNDS && isNoted; round++) {
            isNoted = isNotedThoughItComesBack();
        }
        assertThat(isNoted).isFalse();
    }

    private boolean isNotedThoughItComesBack() throws Exception {
        catalog.databaseFiles.noteMissing();
        var aside = Files.move(file, dir.resolve("aside.db"));
        var noting = new FutureTask<>(() -> catalog.databaseFiles.noteMissing() > 0);
        var thread = Thread.ofPlatform().start(noting);
        while (thread.getState() != Thread.State.TIMED_WAITING && thread.isAlive()) {
            Thread.onSpinWait();
        }
        Files.move(aside, file);
        return noting.get();
    }
}
