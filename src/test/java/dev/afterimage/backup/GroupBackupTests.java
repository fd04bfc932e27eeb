package dev.afterimage.backup;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.UnneededLayers;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.recovery.StartRecording;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupBackupTests {

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;

    @BeforeEach
    void openHome() {
        backups = new TestBackups(dir, clock);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    /** In any mix of modes: {@code OneMomentTests}. */
    @Test
    void runWhileAnotherProcessCommitsToOneAfterTheOtherHasOneMoment() throws Exception {
        var first = database("first", "WAL");
        var second = database("second", "DELETE");
        try (var _ = TwoDatabasesWriter.start(first.path(), second.path())) {
            var seen = new ArrayList<Long>();
            for (int i = 0; i < 10; i++) {
                var plan = plan(i % 2 == 0 ? List.of(first, second) : List.of(second, first));
                var group = backups.groupBackup
                        .run(
                                JobCommands.none(UUID.randomUUID()),
                                plan,
                                Duration.ofSeconds(30),
                                backups.staging(),
                                PageProgress.NONE)
                        .snapshots();
                assertThat(group)
                        .allSatisfy(s -> assertThat(s.capture().notes()).isEmpty());
                long a = committed(of(first, group));
                long b = committed(of(second, group));
                assertThat(a).isBetween(b, b + 1);
                seen.add(a);
            }
            assertThat(seen.stream().distinct().count())
                    .as("the application went on")
                    .isGreaterThan(2);
        }
    }

    @Test
    void runWhenItEndsHasASnapshotOfEachWithTheGroupsId() throws Exception {
        var databases = List.of(database("first", "WAL"), database("second", "DELETE"));
        var plan = plan(databases);
        var group = run(plan);

        assertThat(group).extracting(Snapshot::id).isEqualTo(plan.snapshotIds());
        assertThat(group).extracting(Snapshot::groupId).containsOnly(plan.groupId());
        assertThat(group).extracting(Snapshot::labels).containsOnly(Map.of("a", "b"));
        for (var database : databases) {
            assertThat(backups.content(of(database, group))).isEqualTo(Files.readAllBytes(database.path()));
        }
        assertThat(backups.catalog.groups.unfinished()).isEmpty();
    }

    @Test
    void runCapturesThoseFirstWhoseWritersWait() throws Exception {
        var databases = List.of(
                database("first", "WAL"),
                database("second", "DELETE"),
                database("third", "WAL"),
                database("fourth", "DELETE"));
        var phases = new ArrayList<String>();
        backups.run(plan(databases), new PageProgress() {
            @Override
            public void pages(long done, long total) {}

            @Override
            public PageProgress phase(String name, int pageSize) {
                phases.add(name);
                return this;
            }
        });
        assertThat(phases)
                .filteredOn(phase -> phase.startsWith("CAPTURING"))
                .containsExactly("CAPTURING second", "CAPTURING fourth", "CAPTURING first", "CAPTURING third");
    }

    @Test
    void runWhenRunAgainTakesUpTheGroup() throws Exception {
        var plan = plan(List.of(database("first", "WAL"), database("second", "WAL")));
        assertThat(run(plan)).isEqualTo(run(plan));
    }

    @Test
    void runTellsWhetherTheGroupIsOfOneMomentAlsoWhenItIsTakenUp() throws Exception {
        var plan = plan(List.of(database("first", "WAL"), database("second", "WAL")));
        assertThat(backups.groupBackup
                        .run(
                                JobCommands.none(UUID.randomUUID()),
                                plan,
                                Duration.ZERO,
                                backups.staging(),
                                PageProgress.NONE)
                        .oneMoment())
                .isTrue();
        backups.catalog
                .catalog
                .update("UPDATE snapshot SET notes = json_array(:note)")
                .param("note", GroupTaken.NOT_ONE_MOMENT)
                .update();
        assertThat(backups.groupBackup
                        .run(
                                JobCommands.none(UUID.randomUUID()),
                                plan,
                                Duration.ZERO,
                                backups.staging(),
                                PageProgress.NONE)
                        .oneMoment())
                .isFalse();
    }

    @Test
    void runBuildsOnWhatIsThereAndStoresLittle() throws Exception {
        var databases = List.of(database("first", "WAL"), database("second", "DELETE"));
        run(plan(databases));
        assertThat(run(plan(databases)))
                .allSatisfy(
                        snapshot -> assertThat(snapshot.content().newBytes()).isLessThan(4096));
    }

    @Test
    void runWhenTheIndexOfOneToBuildOnIsDamagedStoresThatOneInFull() throws Exception {
        var databases = List.of(database("first", "WAL"), database("second", "WAL"));
        var damaged = of(databases.getLast(), run(plan(databases)));
        var layer = backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("layers/" + damaged.databaseId())
                .resolve(backups.layers(damaged).getFirst());
        var bytes = Files.readAllBytes(layer);
        bytes[bytes.length - 1000] ^= 1;
        Files.write(layer, bytes);

        var group = run(plan(databases));

        assertThat(of(databases.getFirst(), group).capture().notes()).isEmpty();
        assertThat(of(databases.getLast(), group).capture().notes())
                .singleElement()
                .asString()
                .contains("in full");
        assertThat(backups.content(of(databases.getLast(), group)))
                .isEqualTo(Files.readAllBytes(databases.getLast().path()));
    }

    @Test
    void runWhenOneOfThreeCannotBeReadNamesItAndLeavesNothing() throws Exception {
        var databases = List.of(database("first", "WAL"), database("second", "DELETE"), database("third", "WAL"));
        try (var application =
                DriverManager.getConnection("jdbc:sqlite:" + databases.get(1).path())) {
            application.createStatement().execute("BEGIN EXCLUSIVE");
            assertThatProblem(ProblemCode.SOURCE_LOCKED)
                    .isThrownBy(() -> run(plan(databases)))
                    .satisfies(failure -> {
                        assertThat(failure).hasMessageStartingWith("'second'");
                        assertThat(failure.problem().properties())
                                .containsEntry("database", "second")
                                .containsKey("holders");
                    });
        }
        Files.delete(databases.getLast().path());
        assertThatProblem(ProblemCode.SOURCE_UNREADABLE)
                .isThrownBy(() -> run(plan(databases)))
                .withMessageStartingWith("'third'");
        assertNothingIsLeft();
    }

    @Test
    void runWhenCancelledLeavesNothing() throws Exception {
        var databases = List.of(database("first", "WAL"), database("second", "DELETE"));
        for (var phase : List.of("SCANNING second", "CAPTURING first", "CAPTURING second")) {
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() -> backups.run(plan(databases), cancelIn(phase)));
        }
        assertNothingIsLeft();
        try (var application =
                DriverManager.getConnection("jdbc:sqlite:" + databases.getLast().path())) {
            application.createStatement().execute("BEGIN EXCLUSIVE"); // no lock of ours is left
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {IllegalStateException.class, OutOfMemoryError.class})
    void publishWhenOneFailsTakesBackTheOthers(Class<? extends Throwable> failure) throws Exception {
        var database = database("first", "WAL");
        var plan = plan(List.of(database, database("second", "WAL")));
        assertThatExceptionOfType(failure)
                .isThrownBy(() -> backups.groups.publish(plan, () -> {
                    publishOutside(database, plan);
                    if (failure == OutOfMemoryError.class) {
                        throw new OutOfMemoryError("the second cannot be published");
                    }
                    throw new IllegalStateException("the second cannot be published");
                }));
        assertNothingIsLeft();
    }

    @Test
    void startWhenTheProcessDiedBetweenTwoPublicationsTakesBackTheFirst() throws Exception {
        var database = database("first", "WAL");
        var plan = plan(List.of(database, database("second", "WAL")));
        die(plan, database);
        assertThat(backups.repository.snapshotIds(database.id())).hasSize(1);
        assertThat(backups.rebuild().snapshotsAdded())
                .as("a rebuild that comes before does not make it a snapshot either")
                .isZero();

        new StartRecording(
                        backups.repository,
                        backups.catalog.databases,
                        backups.unrecorded,
                        backups.groups,
                        backups.catalog.bringingBack)
                .start();

        assertNothingIsLeft();
        assertThat(run(plan)).hasSize(2);
    }

    @Test
    void runWhenAnEarlierAttemptDiedBetweenTwoPublicationsBeginsAnew() throws Exception {
        var database = database("first", "WAL");
        var plan = plan(List.of(database, database("second", "WAL")));
        die(plan, database);
        TestBackups.execute(database.path(), "UPDATE n SET n = 7");

        assertThat(committed(of(database, run(plan)))).isEqualTo(7);
        assertThat(backups.repository.snapshotIds(database.id())).hasSize(1);
    }

    /** Leaves what a process leaves that dies before it has published the second. */
    private void die(GroupPlan plan, Database database) {
        backups.catalog.groups.begin(
                plan.groupId(), Map.of(database.id(), plan.snapshotIds().getFirst()));
        publishOutside(database, plan);
    }

    /** A snapshot of the group without its row. */
    private void publishOutside(Database database, GroupPlan plan) {
        backups.run(database, plan.snapshotIds().getFirst(), PageProgress.NONE);
        backups.catalog.catalog.update("DELETE FROM snapshot").update();
    }

    /** But what is marked, and goes when the grace is over. */
    private void assertNothingIsLeft() throws IOException {
        for (var total : backups.catalog.totals.all()) {
            var marked = backups.catalog.unneeded.of(total.databaseId()).stream()
                    .map(UnneededLayers.Mark::layerId)
                    .toList();
            backups.repository.settle(total.databaseId(), marked, marked);
        }
        assertThat(backups.catalog.totals.all())
                .allSatisfy(total -> assertThat(total.snapshots()).isZero());
        assertThat(backups.repository.databases()).isEmpty();
        assertThat(backups.catalog.groups.unfinished()).isEmpty();
        try (var files = Files.walk(backups.catalog.node.repositoryDirectory().orElseThrow())) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString()))
                    .containsExactly("repository.json");
        }
    }

    private Database database(String name, String journalMode) throws Exception {
        var file = dir.toRealPath().resolve(name + ".db");
        TwoDatabasesWriter.create(file, journalMode);
        return backups.catalog.databases.add(name, file, Map.of());
    }

    private GroupPlan plan(List<Database> databases) {
        var members = databases.stream()
                .map(database -> new GroupPlan.Member(database.id(), TimeOrderedId.next(clock)))
                .toList();
        return new GroupPlan(UUID.randomUUID(), members, Map.of("a", "b"), 0);
    }

    private List<Snapshot> run(GroupPlan plan) {
        return backups.run(plan).snapshots();
    }

    private static Snapshot of(Database database, List<Snapshot> group) {
        return group.stream()
                .filter(snapshot -> snapshot.databaseId().equals(database.id()))
                .findFirst()
                .orElseThrow();
    }

    /** What the application had committed last. */
    private long committed(Snapshot snapshot) throws Exception {
        var file = Files.createTempFile(dir, "restored", ".db");
        Files.write(file, backups.content(snapshot));
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var row = connection.createStatement().executeQuery("SELECT n FROM n")) {
            return row.getLong(1);
        }
    }

    private static PageProgress cancelIn(String wanted) {
        return new PageProgress() {
            private boolean cancel;

            @Override
            public void pages(long done, long total) {
                if (cancel) {
                    throw new CancellationException();
                }
            }

            @Override
            public PageProgress phase(String name, int pageSize) {
                cancel = name.equals(wanted);
                return this;
            }
        };
    }
}
