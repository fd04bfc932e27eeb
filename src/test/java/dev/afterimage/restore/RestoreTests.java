package dev.afterimage.restore;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.PathNotAllowedException;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.check.TestCheck;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.sqlite.replace.WhenChanged;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestoreTests {

    @TempDir
    Path dir;

    private TestBackups backups;
    private Restore restore;
    private Snapshot snapshot;
    private Path targets;

    @BeforeEach
    void openHome() throws Exception {
        dir = dir.toRealPath();
        backups = new TestBackups(dir, new TestClock());
        restore = TestRestore.on(backups);
        snapshot = backups.run(backups.database(
                "orders",
                "CREATE TABLE t (v TEXT)",
                "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
                        + " SELECT hex(randomblob(50)) FROM n"));
        targets = Files.createDirectory(dir.resolve("targets"));
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @Test
    void newFileHasTheBytesOfTheSnapshotAndNothingBesideIt() throws Exception {
        var restored = restore(plan("new.db"), CheckLevel.FULL, PageProgress.NONE);
        assertThat(restored.path()).isEqualTo(targets.resolve("new.db"));
        assertThat(restored.sha256()).isEqualTo(sha256(restored.path()));
        assertThat(backups.catalog.snapshots.get(snapshot.id()).content().sha256())
                .as("all of it was read, so it is known now")
                .isEqualTo(restored.sha256());
        assertThat(Files.readAllBytes(restored.path())).isEqualTo(backups.content(snapshot));
        assertThat(targets).isDirectoryContaining("glob:**/new.db");
        try (var files = Files.list(targets)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void newFileWhenSomethingIsThereRefusesAndLeavesIt() throws Exception {
        for (var companion : new String[] {"", "-wal", "-shm", "-journal"}) {
            var existing = Files.writeString(targets.resolve("taken.db" + companion), "mine");
            assertThatExceptionOfType(TargetException.class)
                    .isThrownBy(() -> restore(plan("taken.db"), null, PageProgress.NONE))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ProblemCode.TARGET_EXISTS));
            assertThat(existing).hasContent("mine");
            Files.delete(existing);
        }
        Files.createSymbolicLink(targets.resolve("link.db"), dir.resolve("nowhere"));
        assertThatProblem(ProblemCode.TARGET_EXISTS, " exists")
                .isThrownBy(() -> restore(plan("link.db"), null, PageProgress.NONE));
        Files.createDirectory(targets.resolve("directory.db"));
        assertThatProblem(ProblemCode.TARGET_EXISTS, " exists")
                .isThrownBy(() -> restore(plan("directory.db"), null, PageProgress.NONE));
    }

    @Test
    void newFileWhenSomethingAppearsMeanwhileDoesNotReplaceIt() {
        var target = targets.resolve("race.db");
        PageProgress intruder = (done, total) -> {
            try {
                Files.writeString(target, "mine");
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        };
        assertThatProblem(ProblemCode.TARGET_EXISTS, " exists")
                .isThrownBy(() -> restore(plan("race.db"), null, intruder));
        assertThat(target).hasContent("mine");
        assertOnly("race.db");
    }

    @Test
    void newFileWhenCancelledLeavesNothing() {
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> restore(plan("new.db"), null, (done, total) -> {
                    throw new CancellationException();
                }));
        assertThat(targets).isEmptyDirectory();
    }

    @Test
    void newFileWhenTheSnapshotIsDamagedLeavesNothing() throws Exception {
        backups.damage(snapshot);
        assertThatExceptionOfType(SnapshotDamagedException.class)
                .isThrownBy(() -> restore(plan("new.db"), null, PageProgress.NONE));
        assertThat(targets).isEmptyDirectory();
    }

    @Test
    void newFileWhenThePathIsNotAllowedIsRefused() {
        for (var path :
                new Path[] {Path.of("/etc/new.db"), dir.resolve("home/new.db"), dir.resolve("missing/new.db")}) {
            var plan = new Plan(UUID.randomUUID(), path);
            assertThatExceptionOfType(PathNotAllowedException.class)
                    .isThrownBy(() -> restore(plan, null, PageProgress.NONE));
        }
    }

    @Test
    void newFileWhenAnEarlierAttemptDiedAfterTheFileGotItsNameIsDone() throws Exception {
        var plan = plan("new.db");
        restore(plan, CheckLevel.QUICK, PageProgress.NONE);
        var temporary = temporary(plan);
        Files.createLink(temporary, plan.target()); // as if the process had died between the two steps
        var restored = restore(plan, null, (done, total) -> {
            throw new IllegalStateException("nothing is written again");
        });
        assertThat(restored.sha256()).isEqualTo(sha256(restored.path()));
        assertOnly("new.db");
    }

    @Test
    void newFileWhenNothingIsCheckedTellsTheSha256OnlyIfItIsKnown() throws Exception {
        assertThat(restore(plan("a.db"), null, PageProgress.NONE).sha256()).isNull();
        assertThat(backups.catalog.snapshots.get(snapshot.id()).content().sha256())
                .isNull();

        var known = restore(plan("b.db"), CheckLevel.QUICK, PageProgress.NONE).sha256();

        assertThat(restore(plan("c.db"), null, PageProgress.NONE).sha256()).isEqualTo(known);
        for (var name : List.of("a.db", "b.db", "c.db")) {
            assertThat(sha256(targets.resolve(name))).as(name).isEqualTo(known);
        }
    }

    @Test
    void newFileIsCheckedBySqliteUnlessTheSnapshotHasPassedThatBefore() throws Exception {
        assertThat(phasesOf(plan("a.db"), CheckLevel.QUICK)).containsExactly("RESTORING", "CHECKING");

        TestCheck.on(backups, new TestClock()).run(snapshot.id(), CheckLevel.QUICK, dir, PageProgress.NONE);

        assertThat(phasesOf(plan("b.db"), CheckLevel.QUICK)).containsExactly("RESTORING");
        assertThat(phasesOf(plan("c.db"), CheckLevel.FULL)).containsExactly("RESTORING", "CHECKING");
        for (var name : List.of("a.db", "b.db", "c.db")) {
            assertThat(Files.readAllBytes(targets.resolve(name))).as(name).isEqualTo(backups.content(snapshot));
        }
    }

    private List<String> phasesOf(Plan plan, CheckLevel level) {
        var phases = new ArrayList<String>();
        restore(plan, level, new PageProgress() {
            @Override
            public void pages(long done, long total) {}

            @Override
            public PageProgress phase(String name, int pageSize) {
                phases.add(name);
                return this;
            }
        });
        return phases;
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    @Test
    void newFileWhenAnEarlierAttemptDiedInTheMiddleStartsOver() throws Exception {
        var plan = plan("new.db");
        Files.writeString(temporary(plan), "half");
        restore(plan, null, PageProgress.NONE);
        assertThat(Files.readAllBytes(plan.target())).isEqualTo(backups.content(snapshot));
        assertOnly("new.db");
    }

    @Test
    void newFileHasThePermissionsOfTheLiveDatabaseOrElseOnlyTheOwners() throws Exception {
        var live = dir.resolve("orders.db");
        Files.setPosixFilePermissions(live, PosixFilePermissions.fromString("rw-r-----"));
        var like = restore(plan("like.db"), null, PageProgress.NONE);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(like.path())))
                .isEqualTo("rw-r-----");
        Files.delete(live);
        var closed = restore(plan("closed.db"), null, PageProgress.NONE);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(closed.path())))
                .isEqualTo("rw-------");
    }

    @Test
    void newFileIsClosedToOthersWhileItIsWritten() throws Exception {
        Files.setPosixFilePermissions(dir.resolve("orders.db"), PosixFilePermissions.fromString("rw-r--r--"));
        var plan = plan("new.db");
        var temporary = temporary(plan);
        var seen = new java.util.ArrayList<String>();
        restore(plan, null, (done, total) -> {
            try {
                seen.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary)));
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        assertThat(seen).isNotEmpty().containsOnly("rw-------");
    }

    @Test
    void settleRemovesWhatADeadAttemptLeft() throws Exception {
        var plan = plan("new.db");
        var left = Files.writeString(temporary(plan), "half");
        assertThat(restore.settle(plan.jobId(), new RestoreTarget(plan.target(), TargetMode.NEW_FILE, null)))
                .isEmpty();
        assertThat(left).doesNotExist();
    }

    /** Whoever dies before it is noted finds it done once more. */
    @Test
    void settleOfANewFileThatIsDoneSaysSoUntilItIsTidied() throws Exception {
        var plan = plan("new.db");
        var target = new RestoreTarget(plan.target(), TargetMode.NEW_FILE, null);
        Files.createLink(plan.target(), Files.writeString(temporary(plan), "whole"));
        assertThat(restore.settle(plan.jobId(), target)).isPresent();
        assertThat(restore.settle(plan.jobId(), target)).isPresent();
        restore.tidy(plan.jobId(), target);
        assertOnly("new.db");
        assertThat(plan.target()).hasContent("whole");
    }

    private static Path temporary(Plan plan) {
        try (var file = NewFile.open(plan.target(), plan.jobId())) {
            return file.temporary();
        }
    }

    private void assertOnly(String name) {
        assertThat(targets.toFile().list()).containsExactly(name);
    }

    private record Plan(UUID jobId, Path target) {}

    private Plan plan(String name) {
        return new Plan(UUID.randomUUID(), targets.resolve(name));
    }

    private Restored restore(Plan plan, CheckLevel level, PageProgress progress) {
        var target = new RestoreTarget(plan.target(), TargetMode.NEW_FILE, null);
        var item = new RestoreItem(snapshot.id(), target, false, false);
        try (var prepared = restore.prepare(plan.jobId(), item, Optional.ofNullable(level), dir, progress)) {
            return prepared.put(Duration.ZERO, WhenChanged.NONE, progress);
        }
    }
}
