package dev.afterimage.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.NewSnapshots;
import dev.afterimage.retention.PruneOrder;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.check.CheckLevel;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The repository's disk is not mounted, or another one is: nothing may be judged, changed or begun anew. */
class AwayRepositoryTests {

    private static final String[] ROWS = {"CREATE TABLE t (b)", "INSERT INTO t VALUES (randomblob(30000))"};

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Path place;
    private Path mounted;
    private Database orders;
    private List<Snapshot> snapshots;

    @BeforeEach
    void takeSnapshots() throws Exception {
        backups = new TestBackups(dir, clock);
        place = backups.catalog.node.repositoryDirectory().orElseThrow();
        mounted = place.resolveSibling("mounted");
        orders = backups.database("orders", ROWS);
        var first = backups.run(orders);
        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (randomblob(100000))");
        clock.advance(Duration.ofDays(3));
        snapshots = List.of(first, backups.run(orders));
        backups.catalog.policies.set(
                orders.id(),
                new RetentionPolicy(1, null, null, null, null, null, null, List.of(), null, null, ZoneId.of("UTC")));
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private static List<Path> below(Path directory) throws IOException {
        try (var files = Files.walk(directory, FileVisitOption.FOLLOW_LINKS)) {
            return files.sorted().toList();
        }
    }

    private void assertUnreachable(ThrowingCallable work) {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(work)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ProblemCode.STORAGE_UNREACHABLE));
    }

    /** All that reads or writes the repository, by itself or because somebody asks for it. */
    private void assertNothingIsDone() throws IOException {
        var files = below(place);
        var snapshot = snapshots.getLast();
        assertUnreachable(() -> backups.run(orders));
        assertUnreachable(() -> TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE));
        assertUnreachable(() -> TestCheck.on(backups, clock)
                .run(snapshot.id(), CheckLevel.QUICK, backups.staging(), PageProgress.NONE));
        assertUnreachable(() -> backups.repository.open(orders.id(), snapshot.id()));
        assertUnreachable(() -> backups.repository.find(orders.id(), snapshot.id()));
        assertUnreachable(() -> backups.repository.list(orders.id()));
        assertUnreachable(() -> backups.repository.databases());
        assertUnreachable(() -> backups.repository.usages());
        assertUnreachable(() -> backups.repository.freeBytes());
        assertUnreachable(() -> backups.repository.unnamedLayers(orders.id()));
        assertUnreachable(() -> backups.repository.delete(orders.id(), List.of(snapshot.id())));
        assertUnreachable(() -> backups.rebuild());
        assertUnreachable(() -> TestRemoval.on(backups).remove(snapshot.id(), true));
        assertUnreachable(() -> TestRemoval.prune(backups, clock).run(PruneOrder.ofAllThatIsDue(), PageProgress.NONE));
        assertThat(below(place)).isEqualTo(files);
    }

    private void assertAllIsWell() {
        for (var snapshot : snapshots) {
            assertThat(backups.catalog.snapshots.get(snapshot.id())).isEqualTo(snapshot);
            assertThat(backups.content(snapshot))
                    .hasSize((int) snapshot.content().sizeBytes());
        }
        assertThat(TestCheck.ofRepository(backups, clock)
                        .run(1, PageProgress.NONE)
                        .layersChecked())
                .isEqualTo(2);
        assertThat(backups.run(orders).content().newBytes()).isLessThan(10_000);
    }

    @Test
    void whenAnEmptyDirectoryIsInItsPlaceNothingIsDoneAndAllIsWellAfterwards() throws IOException {
        Files.move(place, mounted);
        Files.createDirectory(place);
        assertNothingIsDone();
        assertThat(place).isEmptyDirectory();
        Files.delete(place);
        Files.move(mounted, place);
        assertAllIsWell();
    }

    @Test
    void whenTheLinkToItLeadsNowhereNothingIsDone() throws IOException {
        Files.move(place, mounted);
        Files.createSymbolicLink(place, dir.resolve("not-mounted"));
        assertThat(backups.adopted.whyAway()).isPresent();
        assertUnreachable(() -> backups.run(orders));
        assertThat(dir.resolve("not-mounted")).doesNotExist();
        Files.delete(place);
        Files.createSymbolicLink(place, mounted);
        assertAllIsWell();
    }

    @Test
    void whenAnotherRepositoryIsInItsPlaceNothingIsDone() throws IOException {
        Files.move(place, mounted);
        backups.repository.found().identify(UUID.randomUUID());
        assertNothingIsDone();
        Files.delete(place.resolve("repository.json"));
        Files.delete(place.resolve("tmp"));
        Files.delete(place);
        Files.move(mounted, place);
        assertAllIsWell();
    }

    @Test
    void whenOnlyItsLayersOrManifestsAreAwayNothingIsJudged() throws IOException {
        for (var part : List.of("layers", "manifests")) {
            var folder = place.resolve(part);
            Files.move(folder, mounted);
            Files.createSymbolicLink(folder, dir.resolve("not-mounted"));
            assertThatExceptionOfType(ProblemException.class)
                    .isThrownBy(() -> TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE))
                    .satisfies(e -> assertThat(e.code())
                            .isIn(ProblemCode.STORAGE_UNREACHABLE, ProblemCode.REPOSITORY_UNREADABLE));
            assertUnreachable(() ->
                    backups.repository.open(orders.id(), snapshots.getFirst().id()));
            assertUnreachable(() -> backups.repository.unnamedLayers(orders.id()));
            Files.delete(folder);
            Files.move(mounted, folder);
        }
        assertAllIsWell();
    }

    /** As a disk that is unmounted lazily, or the other way round: what is written goes to where nobody looks for it. */
    @Test
    void publishWhenItWentAwayMeanwhilePublishesNothing() throws IOException {
        var manifest =
                backups.repository.find(orders.id(), snapshots.getLast().id()).orElseThrow();
        try (var writer = backups.repository.begin(orders.id(), manifest)) {
            writer.add(orders.path(), (done, total) -> {});
            Files.move(place, mounted);
            Files.createDirectory(place);

            assertUnreachable(() -> writer.publish(NewSnapshots.of(orders.id(), UUID.randomUUID())));

            assertThat(place).isEmptyDirectory();
            Files.delete(place);
            Files.move(mounted, place);
        }
        assertAllIsWell();
    }
}
