package dev.afterimage.sqlite.capture;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.live.CaptureOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FullDiskTests {

    @TempDir
    Path directory;

    /** A real full file system, seen by the child process alone, where the system lets us mount one. */
    @ParameterizedTest
    @ValueSource(strings = {"ONLINE", "VACUUM"})
    void runWhenTheDiskIsFullThrowsStorageFullAndLeavesNothing(String method) throws Exception {
        var source = directory.resolve("source.db");
        SampleDatabases.addRandomBytes(source, 8 << 20);
        var small = Files.createDirectory(directory.resolve("small"));
        var mounting = List.of(
                "unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=2m tmpfs '" + small + "' && exec \"$@\"", "sh");
        assumeThat(OtherProcess.canRunUnder(mounting)).isTrue();

        try (var capturing = OtherProcess.startUnder(
                mounting, CapturingProcess.class, source, small.resolve("staging.db"), method)) {
            assertThat(capturing.nextLine()).isEqualTo("STORAGE_FULL");
            assertThat(capturing.nextLine()).contains("Free space");
            assertThat(capturing.nextLine()).contains("staging.db");
            assertThat(capturing.nextLine()).isEqualTo("[]");
        }
    }

    /** A quota or limit is no full disk to SQLite, only an error of output; the probe finds the system's own words. */
    @ParameterizedTest
    @ValueSource(strings = {"ONLINE", "VACUUM"})
    void runWhenTheSystemRefusesToLetTheFileGrowThrowsInItsWordsAndLeavesNothing(String method) {
        var source = directory.resolve("source.db");
        SampleDatabases.addRandomBytes(source, 8 << 20);
        var limited = List.of("env", "LC_ALL=C", "sh", "-c", "ulimit -f 4096 && exec \"$@\"", "sh");

        try (var capturing = OtherProcess.startUnder(
                limited, CapturingProcess.class, source, directory.resolve("staging.db"), method)) {
            assertThat(capturing.nextLine()).isEqualTo("STORAGE_UNREACHABLE");
            assertThat(capturing.nextLine()).contains("quota").contains("ulimit -f");
            assertThat(capturing.nextLine()).contains("staging.db").contains("File too large");
            assertThat(capturing.nextLine()).isEqualTo("[source.db]");
        }
    }

    @Test
    void runWhenTheStagingDirectoryDoesNotExistThrowsStorageUnreachable() {
        var source = SampleDatabases.accounts(directory.resolve("source.db"), "WAL");

        assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, "cannot be used")
                .isThrownBy(() -> OnlineCopy.run(
                        source,
                        directory.resolve("nowhere/staging.db"),
                        new CaptureOptions(Duration.ZERO, 0),
                        PageProgress.NONE));
    }
}
