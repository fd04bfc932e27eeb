package dev.afterimage.repository;

import static dev.afterimage.problem.ProblemAssertions.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.repository.read.SnapshotFile;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file system that is really full: a small one in memory, where the test may mount it. */
class FullDiskTests {

    @TempDir
    Path directory;

    private Path disk;
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(directory.resolve("disk"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString());
        assumeTrue(mounted, "needs to be allowed to mount a tmpfs");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", disk.toString())).isTrue();
        }
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void saveWhenTheDiskIsFullLeavesWhatWasThere() throws IOException {
        var storage = new LocalStorage(disk.resolve("repository"), 0);
        var repository = TestRepositories.on(storage);
        var small = DatabaseFiles.write(directory.resolve("small.db"), 4096, 200, 1);
        var large = DatabaseFiles.write(directory.resolve("large.db"), 4096, 5000, 2);
        var saved = repository.save(small, NewSnapshots.any(), PageProgress.NONE);
        long used = TestRepositories.bytes(disk.resolve("repository"));

        for (int attempt = 0; attempt < 3; attempt++) {
            assertThatThrownBy(() -> repository.save(large, NewSnapshots.any(), PageProgress.NONE))
                    .isInstanceOf(StorageException.class)
                    .satisfies(problem(ProblemCode.STORAGE_FULL));
        }

        assertThat(TestRepositories.bytes(disk.resolve("repository"))).isEqualTo(used);
        assertThat(repository.list(NewSnapshots.DATABASE).readable()).containsExactly(saved);
        try (var reader = repository.open(saved)) {
            SnapshotFile.lasting(directory.resolve("restored.db")).copy(reader, PageProgress.NONE);
        }
        assertThat(Files.mismatch(small, directory.resolve("restored.db"))).isEqualTo(-1);
    }

    @Test
    void saveWhenNothingAtAllFitsSaysFull() throws IOException {
        var storage = new LocalStorage(disk.resolve("repository"), 0);
        var file = DatabaseFiles.write(directory.resolve("a.db"), 4096, 1, 1);
        fill(disk.resolve("filler"));

        assertThatThrownBy(() -> TestRepositories.on(storage).save(file, NewSnapshots.any(), PageProgress.NONE))
                .isInstanceOf(StorageException.class)
                .satisfies(problem(ProblemCode.STORAGE_FULL));
        assertThat(TestRepositories.bytes(disk.resolve("repository"))).isZero();
    }

    private static void fill(Path file) throws IOException {
        try (var output = Files.newOutputStream(file)) {
            while (true) {
                output.write(new byte[512]);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }
}
