package dev.afterimage.restore;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.repository.format.SnapshotDamagedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class StagedSnapshotsTests extends RestoreTest {

    private StagedSnapshots staged;
    private Snapshot other;

    @BeforeEach
    void takeAnother() throws Exception {
        other = backups.run(
                backups.database("other", "CREATE TABLE t (v)", "INSERT INTO t VALUES (zeroblob(1000000))"));
        staged = staged(DataSize.ofGigabytes(1));
    }

    private Path look(Snapshot snapshot) {
        try (var look = staged.stage(snapshot, null)) {
            return look.file();
        }
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(backups.catalog.node.staging())) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private void assertHasContentOf(Snapshot snapshot, Path file) throws IOException {
        assertThat(Files.readAllBytes(file)).isEqualTo(backups.content(snapshot));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    private void moveRepositoryAway() throws IOException {
        var repository = backups.catalog.node.repositoryDirectory().orElseThrow();
        Files.move(repository, repository.resolveSibling("away"));
    }

    @Test
    void stageWhenASnapshotWasLookedIntoBeforeDoesNotReadTheRepositoryAgain() throws Exception {
        var first = look(snapshot);
        assertHasContentOf(snapshot, first);
        moveRepositoryAway();

        assertThat(look(snapshot)).isEqualTo(first).exists();
        assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> look(other));
        assertThat(files()).containsExactly(first);
    }

    @Test
    void stageWhenManyLookAtOnceWritesItOnce() throws Exception {
        var barrier = new CyclicBarrier(4);
        var looks = new ArrayList<StagedSnapshot>();
        try (var threads = Executors.newFixedThreadPool(4)) {
            var begun = new ArrayList<Future<StagedSnapshot>>();
            for (int i = 0; i < 4; i++) {
                begun.add(threads.submit(() -> {
                    barrier.await();
                    return staged.stage(snapshot, null);
                }));
            }
            for (var look : begun) {
                looks.add(look.get());
            }
        }

        assertThat(looks.stream().map(StagedSnapshot::file).collect(toSet())).hasSize(1);
        assertThat(files()).hasSize(1);
        looks.forEach(StagedSnapshot::close);
        assertHasContentOf(snapshot, files().getFirst());
    }

    @Test
    void tidyWhenNobodyHasLookedForFiveMinutesDeletesIt() throws Exception {
        look(snapshot);
        clock.advance(Duration.ofMinutes(4));
        staged.tidyUp();
        look(snapshot);
        clock.advance(Duration.ofMinutes(4));
        staged.tidyUp();
        assertThat(files()).hasSize(1);

        clock.advance(Duration.ofMinutes(1));
        staged.tidyUp();

        assertThat(files()).isEmpty();
    }

    @Test
    void tidyWhenItWasWrittenAnHourAgoDeletesItHoweverOftenItIsLookedInto() throws Exception {
        for (int minutes = 0; minutes < 60; minutes += 4) {
            look(snapshot);
            assertThat(files()).hasSize(1);
            clock.advance(Duration.ofMinutes(4));
        }
        look(snapshot);
        assertThat(files()).isEmpty();
    }

    @Test
    void tidyWhenTheClockWentBackDeletesIt() throws Exception {
        look(snapshot);
        clock.advance(Duration.ofMinutes(-10));
        staged.tidyUp();
        assertThat(files()).isEmpty();
    }

    @Test
    void tidyWhenSomebodyLooksDeletesItOnlyAfterwards() throws Exception {
        var look = staged.stage(snapshot, null);
        clock.advance(Duration.ofHours(2));
        staged.tidyUp();
        assertHasContentOf(snapshot, look.file());

        look.close();

        assertThat(files()).isEmpty();
    }

    @Test
    void stageWhenAllTogetherAreTooMuchDeletesTheOneThatWaitsForLongest() throws Exception {
        staged = staged(DataSize.ofBytes(
                snapshot.content().sizeBytes() + other.content().sizeBytes()));
        var third = backups.run(backups.database("third", "CREATE TABLE t (v)"));
        var first = look(snapshot);
        var second = look(other);
        assertThat(look(snapshot)).isEqualTo(first);

        var last = look(third);

        assertThat(files()).containsExactlyInAnyOrder(first, last);
        assertThat(look(other)).isNotEqualTo(second);
    }

    @Test
    void stageWhenWhatIsInUseIsTooMuchNeverDeletesIt() throws Exception {
        staged = staged(DataSize.ofBytes(
                Math.max(snapshot.content().sizeBytes(), other.content().sizeBytes())));
        try (var look = staged.stage(snapshot, null)) {
            look(other);
            assertThat(files()).containsExactly(look.file());
            assertHasContentOf(snapshot, look.file());
        }
        assertThat(files()).hasSize(1);
    }

    @Test
    void closeWhenNothingIsToBeKeptDeletesTheFileWithTheLastLook() throws Exception {
        staged = staged(DataSize.ofBytes(0));
        var first = staged.stage(snapshot, null);
        var second = staged.stage(snapshot, null);
        assertThat(second.file()).isEqualTo(first.file());

        first.close();
        first.close();
        assertThat(second.file()).exists();
        second.close();

        assertThat(files()).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> new LookSettings(DataSize.ofBytes(-1)));
    }

    @Test
    void stageWhenItFailsKeepsNothing() throws Exception {
        backups.damage(snapshot);
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(SnapshotDamagedException.class).isThrownBy(() -> look(snapshot));
            assertThat(files()).isEmpty();
        }
        backups.damage(snapshot); // the other way round: it is well again

        assertHasContentOf(snapshot, look(snapshot));
    }

    @Test
    void stageWhenTheFileIsNotWhatWasWrittenWritesAnother() throws Exception {
        Files.delete(look(snapshot));
        var second = look(snapshot);
        assertHasContentOf(snapshot, second);
        Files.write(second, new byte[100]);

        var third = look(snapshot);

        assertHasContentOf(snapshot, third);
        assertThat(files()).containsExactly(third);
    }

    @Test
    void stageWhenACopyIsNamedSharesNothing() throws Exception {
        look(snapshot);
        assertThatProblem(ProblemCode.COPY_NOT_FOUND, "nowhere").isThrownBy(() -> staged.stage(snapshot, "nowhere"));
    }

    @Test
    void stopDeletesWhatWaitsAndWhatIsInUseWithItsLastLook() throws Exception {
        staged.start();
        look(other);
        try (var look = staged.stage(snapshot, null)) {
            staged.stop();
            assertThat(files()).containsExactly(look.file());
        }
        assertThat(files()).isEmpty();
    }

    private void delete(Snapshot deleted) {
        backups.catalog.deletions.begin(deleted.id(), candidate -> {});
    }

    @Test
    void stageWhenTheSnapshotWasQuarantinedReadsTheRepositoryInstead() throws Exception {
        var before = look(snapshot);
        backups.damage(snapshot);
        backups.catalog.checks.add(new SnapshotCheck(
                UUID.randomUUID(),
                snapshot.id(),
                "STORED",
                false,
                clock.instant(),
                clock.instant(),
                List.of("damaged")));

        assertThatExceptionOfType(SnapshotDamagedException.class).isThrownBy(() -> look(snapshot));

        assertThat(files()).containsExactly(before);
    }

    @Test
    void tidyUpWhenASnapshotIsDeletedDeletesWhatWaits() throws Exception {
        look(snapshot);
        var stays = look(other);
        delete(snapshot);

        staged.tidyUp();

        assertThat(files()).containsExactly(stays);
    }

    @Test
    void tidyUpWhenASnapshotIsDeletedWhileSomebodyLooksDeletesItAfterwards() throws Exception {
        try (var look = staged.stage(snapshot, null)) {
            delete(snapshot);
            staged.tidyUp();
            assertThat(look.file()).exists();
        }
        staged.tidyUp();
        assertThat(files()).isEmpty();
    }

    /** With room for one of three, time that goes on, and somebody who tidies up: each look has the whole of what it asked for, until its end. */
    @Test
    void stageWhenManyLookIntoSeveralAtOnceGivesEachWhatItAskedFor() throws Exception {
        staged = staged(DataSize.ofBytes(snapshot.content().sizeBytes()));
        var third =
                backups.run(backups.database("third", "CREATE TABLE t (v)", "INSERT INTO t VALUES (zeroblob(500000))"));
        var all = List.of(snapshot, other, third);
        var contents = all.stream().map(backups::content).toList();
        var barrier = new CyclicBarrier(5);
        try (var threads = Executors.newFixedThreadPool(5)) {
            var begun = new ArrayList<Future<?>>();
            for (int thread = 0; thread < 4; thread++) {
                int number = thread;
                begun.add(threads.submit(() -> {
                    barrier.await();
                    for (int i = 0; i < 40; i++) {
                        int which = (number + i) % 3;
                        try (var look = staged.stage(all.get(which), null)) {
                            assertThat(Files.readAllBytes(look.file())).isEqualTo(contents.get(which));
                            Thread.yield();
                            assertThat(Files.readAllBytes(look.file())).isEqualTo(contents.get(which));
                        }
                    }
                    return null;
                }));
            }
            begun.add(threads.submit(() -> {
                barrier.await();
                for (int i = 0; i < 100; i++) {
                    clock.advance(Duration.ofMinutes(1));
                    staged.tidyUp();
                    Thread.yield();
                }
                return null;
            }));
            for (var one : begun) {
                one.get();
            }
        }

        assertThat(files()).hasSizeLessThanOrEqualTo(2);
        clock.advance(Duration.ofHours(1));
        staged.tidyUp();
        assertThat(files()).isEmpty();
    }
}
