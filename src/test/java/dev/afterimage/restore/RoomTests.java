package dev.afterimage.restore;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.SampleDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

/** With a small file system in memory, where the test may mount one. */
class RoomTests extends RestoreTest {

    private Path disk;
    private boolean mounted;

    @BeforeEach
    void createDisk() throws IOException {
        disk = Files.createDirectory(dir.resolve("disk"));
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", disk.toString())).isTrue();
        }
    }

    private void mount(double snapshots) throws Exception {
        long bytes = (long) (snapshots * snapshot.content().sizeBytes());
        mounted = run("mount", "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs", disk.toString());
        assumeTrue(mounted, "needs to be allowed to mount a tmpfs");
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

    private Path stagingOnDisk() throws IOException {
        var staging = backups.catalog.node.staging();
        Files.move(staging, staging.resolveSibling("not-on-disk"));
        return Files.createSymbolicLink(staging, Files.createDirectory(disk.resolve("staging")));
    }

    @Test
    void requireEnoughAddsUpWhatIsNeededOnOneFileSystem() throws Exception {
        var here = new Room(dir, 60, 100);
        var alsoHere = new Room(Files.createDirectory(dir.resolve("also")), 60, 100);
        var elsewhere = new Room(Path.of("/proc"), 60, 100);

        assertThatCode(() -> Room.requireEnough(List.of(here, elsewhere))).doesNotThrowAnyException();
        assertThatProblem(ProblemCode.STORAGE_FULL, "bytes are needed")
                .isThrownBy(() -> Room.requireEnough(List.of(here, elsewhere, alsoHere)))
                .withMessageContaining(dir + " and " + alsoHere.directory())
                .withMessageContaining("120 bytes");
    }

    @Test
    void replaceLiveWhenTargetAndStagingTogetherLackRoomIsRefusedAndThePreviewSaysSo() throws Exception {
        mount(1.6); // enough for each
        var staging = stagingOnDisk();
        var target = SampleDatabases.accounts(
                Files.createDirectory(disk.resolve("live")).resolve("target.db"), "DELETE");

        assertThatProblem(ProblemCode.STORAGE_FULL, "bytes are needed")
                .isThrownBy(() -> prepare(target, TargetMode.REPLACE_LIVE, staging));
        assertThat(staging).isEmptyDirectory();
        var preview = preview(target, TargetMode.REPLACE_LIVE);
        assertThat(preview.rooms()).hasSize(2);
        assertThat(preview.obstacles())
                .singleElement()
                .satisfies(obstacle -> assertThat(obstacle.code()).isEqualTo(ProblemCode.STORAGE_FULL));

        var elsewhere = SampleDatabases.accounts(dir.resolve("elsewhere.db"), "DELETE");
        assertThat(preview(elsewhere, TargetMode.REPLACE_LIVE).obstacles()).isEmpty();
        prepare(elsewhere, TargetMode.REPLACE_LIVE, staging).close();
    }

    @Test
    void replaceFileNeedsNoRoomInStagingAndThePreviewOnlyNotesThatItComparesNothing() throws Exception {
        mount(0.5);
        stagingOnDisk();
        var target = SampleDatabases.accounts(dir.resolve("target.db"), "DELETE");

        var preview = preview(target, TargetMode.REPLACE_FILE);

        assertThat(preview.obstacles()).isEmpty();
        assertThat(preview.difference()).isNull();
        assertThat(preview.notes())
                .singleElement()
                .satisfies(note -> assertThat(note).contains("bytes are needed"));
        assertThat(preview(target, TargetMode.REPLACE_LIVE).obstacles()).hasSize(1);
    }

    @Test
    void whatWaitsForTheNextLookCountsAsNothingWhenThereIsNoRoom() throws Exception {
        var other =
                backups.run(backups.database("other", "CREATE TABLE t (v)", "INSERT INTO t VALUES (zeroblob(900000))"));
        mount(3.5);
        var staging = stagingOnDisk();
        var staged = staged(DataSize.ofGigabytes(1));
        staged.stage(snapshot, null).close();
        assertThat(staging).isNotEmptyDirectory();
        var others = Files.write(
                disk.resolve("others"), new byte[(int) (snapshot.content().sizeBytes() * 2)]);

        try (var look = staged.stage(other, null)) {
            assertThat(Files.list(staging)).containsExactly(look.file());
        }
        assertThat(staging).isEmptyDirectory(); // less would be left than it takes

        Files.delete(others);
        staged.stage(other, null).close();
        assertThat(staging).isNotEmptyDirectory();
    }
}
