package dev.afterimage.recovery;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.lease.Hold;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdoptedRepositoryTests {

    private static final String[] ROWS = {"CREATE TABLE t (b)", "INSERT INTO t VALUES (randomblob(30000))"};

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Path place;

    @BeforeEach
    void openHome() {
        backups = new TestBackups(dir, clock);
        place = backups.catalog.node.repositoryDirectory().orElseThrow();
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private Path identity() {
        return place.resolve("repository.json");
    }

    private UUID current() {
        return backups.catalog.adoptions.current().orElseThrow();
    }

    /** As if the catalog had been lost, or as it is after a start was killed: the rest of the home stays. */
    private void startWithNewCatalog(String... statements) throws Exception {
        backups.close();
        for (var suffix : new String[] {"", "-wal", "-shm"}) {
            Files.deleteIfExists(dir.resolve("home/catalog.db" + suffix));
        }
        backups = new TestBackups(dir, clock, statements);
    }

    private String away() {
        return backups.adopted.whyAway().orElseThrow().detail();
    }

    @Test
    void takeWhenTheCatalogIsNewAndNothingIsThereMakesARepository() throws IOException {
        assertThat(Files.readString(identity())).isEqualTo("{\n\"format\":3,\n\"id\":\"" + current() + "\"\n}\n");
        assertThat(backups.adopted.whyAway()).isEmpty();
    }

    @Test
    void takeWhenTheProcessDiedBeforeTheRepositoryWasMadeMakesTheOneThatWasBegun() throws Exception {
        var begun = UUID.randomUUID();
        Files.delete(identity());

        startWithNewCatalog("INSERT INTO adoption (repository_id, begun_at) VALUES ('" + begun + "', 0)");

        assertThat(current()).isEqualTo(begun);
        assertThat(Files.readString(identity())).contains(begun.toString());
    }

    @Test
    void takeWhenTheProcessDiedBeforeTheCatalogKnewItKnowsItForItsOwn() throws Exception {
        var made = current();

        startWithNewCatalog("INSERT INTO adoption (repository_id, begun_at) VALUES ('" + made + "', 0)");

        assertThat(current()).isEqualTo(made);
    }

    @Test
    void takeWhenTheCatalogIsNewAndARepositoryIsThereWaitsUntilSomebodyAdoptsIt() throws Exception {
        var id = current();
        var snapshot = backups.run(backups.database("orders", ROWS));
        var files = files();

        startWithNewCatalog();

        assertThat(backups.catalog.adoptions.current()).isEmpty();
        var problem = backups.adopted.whyAway().orElseThrow();
        assertThat(problem.code()).isEqualTo(ProblemCode.STORAGE_UNREACHABLE);
        assertThat(problem.properties()).containsEntry("found", id.toString());
        assertThat(problem.hint()).contains("/repository/adopt").contains("/repository/rebuild");
        assertThatExceptionOfType(ProblemException.class).isThrownBy(backups.adopted::require);
        assertThat(files()).isEqualTo(files);

        assertThat(backups.adopted.adopt(id, false).missing()).isZero();
        backups.rebuild();
        assertThat(backups.catalog.snapshots.get(snapshot.id()).state()).isEqualTo(Snapshot.State.AVAILABLE);
    }

    @Test
    void adoptWhenAnotherServiceWritesToItTellsSoAtOnce() throws Exception {
        var id = current();
        new Hold(new LocalStorage(place, 0), UUID.randomUUID(), "prod-1", "0.1.0", Duration.ofMinutes(5), clock).look();
        Function<Supplier<Optional<UUID>>, Storage> held = expected -> new Hold(
                        new LocalStorage(place, 0, expected),
                        UUID.randomUUID(),
                        "prod-2",
                        "0.1.0",
                        Duration.ofMinutes(5),
                        clock)
                .storage();
        try (var second = new TestBackups(Files.createDirectory(dir.resolve("second")), clock, held)) {
            assertThat(second.adopted.whyAway().orElseThrow().hint()).contains("a place of its own");

            second.adopted.adopt(id, false);

            assertThat(second.adopted.whyHeld().orElseThrow().detail()).contains("prod-1");
        }
    }

    @Test
    void requireWhenTheRepositoryIsNotThereNeverMakesOne() throws IOException {
        var mounted = Files.move(place, place.resolveSibling("mounted"));
        assertThatExceptionOfType(ProblemException.class).isThrownBy(backups.adopted::require);
        backups.adopted.take();
        assertThat(place).doesNotExist();

        Files.createDirectory(place);
        backups.adopted.take();
        assertThat(place).isEmptyDirectory();
        assertThat(away()).contains("no repository", current().toString());

        Files.writeString(identity(), "{\"format\":3,\"id\":\"" + UUID.randomUUID() + "\"}");
        assertThat(away()).contains("instead of");
        Files.writeString(identity(), "{\"format\":2,\"id\":\"" + current() + "\"}");
        assertThat(away()).contains("format 2");
        Files.writeString(identity(), "no json");
        assertThat(away()).contains("cannot be read");
        Files.delete(identity());
        Files.createDirectory(identity());
        assertThat(away()).contains("cannot be read");

        Files.delete(identity());
        Files.delete(place);
        Files.move(mounted, place);
        assertThat(backups.adopted.whyAway()).isEmpty();
    }

    @Test
    void adoptWhenAnotherIsThereThanTheOneThatWasNamedChangesNothing() {
        var id = current();

        assertThatProblem(ProblemCode.REPOSITORY_NOT_ADOPTABLE)
                .isThrownBy(() -> backups.adopted.adopt(UUID.randomUUID(), true))
                .satisfies(e -> assertThat(e.problem().properties()).containsEntry("found", id.toString()));

        assertThat(current()).isEqualTo(id);
    }

    @Test
    void adoptWhenSnapshotsWouldBeMissingNeedsForceAndQuarantinesThem() throws Exception {
        var orders = backups.database("orders", ROWS);
        var snapshot = backups.run(orders);
        var old = current();
        var mounted = Files.move(place, place.resolveSibling("mounted"));
        Files.createDirectory(place);
        var id = UUID.randomUUID();

        assertThatProblem(ProblemCode.REPOSITORY_NOT_ADOPTABLE)
                .isThrownBy(() -> backups.adopted.adopt(id, false))
                .satisfies(e -> assertThat(e.problem().properties()).containsEntry("missing", 1));
        assertThat(place).isEmptyDirectory();
        assertThat(current()).isEqualTo(old);

        assertThat(backups.adopted.adopt(id, true)).isEqualTo(new AdoptedRepository.Adopted(id, 1));
        assertThat(Files.readString(identity())).contains(id.toString());
        assertThat(backups.catalog.snapshots.get(snapshot.id()).state()).isEqualTo(Snapshot.State.QUARANTINED);
        var next = backups.run(orders);
        assertThat(next.content().newBytes()).isGreaterThan(30_000);
        assertThat(backups.content(next)).hasSize((int) next.content().sizeBytes());
        assertThat(mounted.resolve("repository.json")).content().contains(old.toString());
    }

    /** What is left of a repository that was copied without it, or whose disk has lost just that. */
    @Test
    void adoptWhenOnlyTheIdentityIsGoneGivesItBack() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        Files.delete(identity());

        assertThat(backups.adopted.adopt(current(), false).missing()).isZero();

        assertThat(backups.adopted.whyAway()).isEmpty();
        assertThat(backups.content(snapshot)).hasSize((int) snapshot.content().sizeBytes());
    }

    private List<Path> files() throws IOException {
        try (var files = Files.walk(place)) {
            return files.sorted().toList();
        }
    }
}
