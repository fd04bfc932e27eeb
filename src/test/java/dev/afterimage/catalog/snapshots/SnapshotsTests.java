package dev.afterimage.catalog.snapshots;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.Page;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.ProblemCode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotsTests {

    private static final UUID GROUP = UUID.randomUUID();

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestCatalog catalog;
    private Database orders;

    @BeforeEach
    void openCatalog() {
        catalog = new TestCatalog(dir.resolve("home"), dir, clock);
        orders = catalog.databases.add("orders", dir.resolve("orders.db"), Map.of());
    }

    @AfterEach
    void closeCatalog() {
        catalog.close();
    }

    @Test
    void addWhenReadBackIsTheSame() {
        var snapshot = snapshot(Map.of("ci", "yes"));
        assertThat(catalog.snapshots.get(snapshot.id())).isEqualTo(snapshot);
        catalog.snapshots.add(new PublishedSnapshot(snapshot, null, null, null));
        assertThat(list(everything(), 10)).containsExactly(snapshot);
    }

    @Test
    void listGoesThroughAllPagesNewestFirst() {
        var ids = new ArrayList<UUID>();
        for (int i = 0; i < 7; i++) {
            ids.addFirst(snapshot(Map.of()).id());
        }
        var seen = new ArrayList<UUID>();
        SnapshotPlace after = null;
        do {
            Page<Snapshot, SnapshotPlace> page = catalog.snapshots.list(everything(), after, 3);
            page.items().forEach(snapshot -> seen.add(snapshot.id()));
            after = page.next();
        } while (after != null);
        assertThat(seen).isEqualTo(ids);
    }

    @Test
    void listWhenFilteredHasOnlyWhatMatches() {
        var first = snapshot(Map.of("env", "prod", "ci", ""));
        clock.advance(Duration.ofHours(1));
        var middle = clock.instant();
        var second = snapshot(Map.of("env", "test"));
        assertThat(list(new SnapshotFilter("orders", null, null, middle, null, null), 10))
                .containsExactly(second);
        assertThat(list(new SnapshotFilter("orders", null, null, null, middle, null), 10))
                .containsExactly(first);
        assertThat(list(labelled("env"), 10)).containsExactly(second, first);
        assertThat(list(labelled("env=prod"), 10)).containsExactly(first);
        assertThat(list(labelled("env=none"), 10)).isEmpty();
        assertThat(list(new SnapshotFilter("other", null, null, null, null, null), 10))
                .isEmpty();
        assertThat(list(new SnapshotFilter(null, GROUP, null, null, null, null), 10))
                .containsExactly(second, first);
        assertThat(list(new SnapshotFilter(null, UUID.randomUUID(), null, null, null, null), 10))
                .isEmpty();
        check(first, "FULL", true);
        assertThat(list(new SnapshotFilter(null, null, Snapshot.Verification.PASSED, null, null, null), 10))
                .extracting(Snapshot::id)
                .containsExactly(first.id());
    }

    @Test
    void checksMoveTheSnapshotBetweenAvailableAndQuarantined() {
        var id = snapshot(Map.of()).id();
        check(catalog.snapshots.get(id), "FULL", false);
        assertThat(catalog.snapshots.get(id).state()).isEqualTo(Snapshot.State.QUARANTINED);
        assertThatProblem(ProblemCode.SNAPSHOT_QUARANTINED).isThrownBy(() -> catalog.snapshots.available(id));
        check(catalog.snapshots.get(id), "QUICK", true);
        assertThat(catalog.snapshots.get(id).state())
                .as("a QUICK check does not lift what a FULL one imposed")
                .isEqualTo(Snapshot.State.QUARANTINED);
        check(catalog.snapshots.get(id), "FULL", true);
        assertThat(catalog.snapshots.available(id).verification()).isEqualTo(Snapshot.Verification.PASSED);
        assertThat(catalog.checks.list(id)).extracting(SnapshotCheck::passed).containsExactly(true, true, false);
    }

    @Test
    void latestPassesOverWhatFailedItsCheckAndWhatHasTheLabel() {
        var good = snapshot(Map.of("env", "prod"));
        clock.advance(Duration.ofHours(1));
        var safety = snapshot(Map.of("safety-of", "a job", "a", "b"));
        var relabelled = catalog.snapshots.change(safety.id(), Map.of("c", "d"), null, false, null);
        assertThat(relabelled.labels()).isEqualTo(Map.of("safety-of", "a job", "c", "d"));
        var bad = snapshot(Map.of());
        check(bad, "FULL", false);
        assertThat(catalog.snapshots.newest(orders.id())).map(Snapshot::id).contains(bad.id());
        assertThat(catalog.snapshots.latest(orders)).isEqualTo(good);
    }

    @Test
    void registrationWhenTheNameComesBackHasItsSnapshotsAgain() {
        var snapshot = snapshot(Map.of());
        catalog.databases.remove(orders);
        assertThatProblem(ProblemCode.DATABASE_NOT_FOUND).isThrownBy(() -> catalog.databases.get("orders"));
        var again = catalog.databases.add("orders", dir.resolve("elsewhere.db"), Map.of("a", "b"));
        assertThat(again.id()).isEqualTo(orders.id());
        assertThat(again.path()).isEqualTo(dir.resolve("elsewhere.db"));
        assertThat(catalog.snapshots.newest(again.id())).contains(snapshot);
        assertThatProblem(ProblemCode.DATABASE_EXISTS).isThrownBy(() -> catalog.databases.add("orders", dir, Map.of()));
    }

    @Test
    void changeLeavesWhatIsNotGiven() {
        var snapshot = snapshot(Map.of("a", "b"));
        assertThat(catalog.snapshots
                        .change(snapshot.id(), null, true, false, null)
                        .pinned())
                .isTrue();
        var expiry = clock.instant().plusSeconds(60);
        var changed = catalog.snapshots.change(snapshot.id(), Map.of("c", "d"), null, true, expiry);
        assertThat(changed.pinned()).isTrue();
        assertThat(changed.labels()).isEqualTo(Map.of("c", "d"));
        assertThat(changed.expiresAt()).isEqualTo(expiry);
    }

    @Test
    void deletionWhenFinishedHasTakenTheChecksWithIt() {
        var snapshot = snapshot(Map.of());
        check(snapshot, "FULL", true);
        catalog.deletions.finish(catalog.deletions.begin(snapshot.id(), candidate -> {}));
        assertThat(catalog.snapshots.find(snapshot.id())).isEmpty();
        assertThat(catalog.checks.list(snapshot.id())).isEmpty();
    }

    @Test
    void newestIsTheOneTakenLastWhateverItsId() {
        var earlyId = TimeOrderedId.next(clock);
        clock.advance(Duration.ofMinutes(1));
        var taken = snapshot(Map.of());
        clock.advance(Duration.ofMinutes(1));
        var takenLast = snapshot(earlyId, Map.of());

        assertThat(catalog.snapshots.newest(orders.id())).contains(takenLast);
        assertThat(catalog.snapshots.latest(orders)).isEqualTo(takenLast);
        assertThat(list(everything(), 10)).containsExactly(takenLast, taken);
    }

    @Test
    void newestOfSomeDatabasesIsThatOfEachThatHasOne() {
        snapshot(Map.of());
        clock.advance(Duration.ofHours(1));
        var newest = snapshot(Map.of());
        var without = catalog.databases.add("without", dir.resolve("without.db"), Map.of());

        assertThat(catalog.snapshots.newest(List.of(orders, without))).containsExactly(newest);
        assertThat(catalog.snapshots.newest(List.of(without))).isEmpty();
        catalog.deletions.begin(newest.id(), candidate -> {});
        assertThat(catalog.snapshots.newest(List.of(orders)))
                .as("one whose deletion has begun is there no more")
                .doesNotContain(newest)
                .hasSize(1);
    }

    @Test
    void listByLabelFollowsChangesAndDeletions() {
        var id = snapshot(Map.of("env", "prod")).id();
        catalog.snapshots.change(id, Map.of("env", "test"), null, false, null);
        assertThat(list(labelled("env=prod"), 10)).isEmpty();
        assertThat(list(labelled("env=test"), 10)).extracting(Snapshot::id).containsExactly(id);
        catalog.snapshots.change(id, null, true, false, null);
        assertThat(list(labelled("env"), 10)).as("labels that are left").hasSize(1);
        catalog.deletions.finish(catalog.deletions.begin(id, candidate -> {}));
        assertThat(list(labelled("env"), 10)).isEmpty();
    }

    @Test
    void listWhenAfterAPlaceAndBeforeATimeHasWhatIsBehindBoth() {
        var snapshots = new ArrayList<Snapshot>();
        for (int hour = 0; hour < 4; hour++) {
            snapshots.addFirst(snapshot(Map.of()));
            clock.advance(Duration.ofHours(1));
        }
        var second = snapshots.get(1);
        var before = new SnapshotFilter(null, null, null, null, second.createdAt(), null);
        var later = new SnapshotFilter(null, null, null, null, clock.instant(), null);

        assertThat(catalog.snapshots.list(before, place(snapshots.get(0)), 10).items())
                .isEqualTo(snapshots.subList(2, 4));
        assertThat(catalog.snapshots.list(later, place(second), 10).items()).isEqualTo(snapshots.subList(2, 4));
        assertThat(catalog.snapshots.list(before, place(snapshots.get(2)), 10).items())
                .isEqualTo(snapshots.subList(3, 4));
    }

    @Test
    void listWhenTheLabelsValueHasAnEqualsSignTakesItAsItIs() {
        var wanted = snapshot(Map.of("q", "b=c"));
        snapshot(Map.of("q", "b"));
        snapshot(Map.of("q", "b=c=d"));
        snapshot(Map.of("q=b", "c"));
        var empty = snapshot(Map.of("q", ""));

        assertThat(list(labelled("q=b=c"), 10)).containsExactly(wanted);
        assertThat(list(labelled("q="), 10)).containsExactly(empty);
        assertThat(list(labelled("q"), 10)).hasSize(4);
    }

    @Test
    void checkWhenTheSnapshotWasDeletedMeanwhileSaysSo() {
        var gone = snapshot(Map.of());
        var going = snapshot(Map.of());
        catalog.deletions.finish(catalog.deletions.begin(gone.id(), candidate -> {}));
        catalog.deletions.begin(going.id(), candidate -> {});

        for (var snapshot : List.of(gone, going)) {
            assertThatExceptionOfType(SnapshotNotFoundException.class).isThrownBy(() -> check(snapshot, "FULL", true));
        }
    }

    @Test
    void changeAllSetsAndTakesAwayTheExpiryWithTheRest() {
        var id = snapshot(Map.of("a", "b")).id();
        var expiry = clock.instant().plusSeconds(60);

        var changed = catalog.snapshots.change(id, Map.of("c", "d"), true, true, expiry);

        assertThat(changed.labels()).isEqualTo(Map.of("c", "d"));
        assertThat(changed.pinned()).isTrue();
        assertThat(changed.expiresAt()).isEqualTo(expiry);
        assertThat(catalog.snapshots.change(id, null, false, false, null).expiresAt())
                .isEqualTo(expiry);
        assertThat(catalog.snapshots.change(id, null, null, true, null).expiresAt())
                .isNull();
        assertThatExceptionOfType(SnapshotNotFoundException.class)
                .isThrownBy(() -> catalog.snapshots.change(TimeOrderedId.next(clock), null, true, false, null));
    }

    @Test
    void deletionWhenItHasBegunHidesTheSnapshotFromAllReads() {
        var id = snapshot(Map.of("env", "prod")).id();
        check(catalog.snapshots.get(id), "FULL", true);

        catalog.deletions.begin(id, candidate -> {});

        assertThat(catalog.snapshots.find(id)).isEmpty();
        assertThat(list(everything(), 10)).isEmpty();
        assertThat(catalog.snapshots.newest(orders.id())).isEmpty();
        assertThatExceptionOfType(SnapshotNotFoundException.class).isThrownBy(() -> catalog.snapshots.latest(orders));
        assertThat(catalog.checks.list(id)).isEmpty();
        assertThatExceptionOfType(SnapshotNotFoundException.class)
                .isThrownBy(() -> catalog.snapshots.change(id, null, true, false, null));
    }

    private List<Snapshot> list(SnapshotFilter filter, int limit) {
        return catalog.snapshots.list(filter, null, limit).items();
    }

    private static SnapshotPlace place(Snapshot snapshot) {
        return new SnapshotPlace(snapshot.createdAt(), snapshot.id());
    }

    private static SnapshotFilter everything() {
        return new SnapshotFilter(null, null, null, null, null, null);
    }

    private static SnapshotFilter labelled(@Nullable String label) {
        return new SnapshotFilter(null, null, null, null, null, label);
    }

    private Snapshot snapshot(Map<String, String> labels) {
        return snapshot(TimeOrderedId.next(clock), labels);
    }

    private Snapshot snapshot(UUID id, Map<String, String> labels) {
        var snapshot = made(id, labels, clock.instant());
        catalog.snapshots.addNewest(new PublishedSnapshot(snapshot, null, null, null));
        return snapshot;
    }

    private Snapshot made(UUID id, Map<String, String> labels, Instant createdAt) {
        return new Snapshot(
                id,
                orders.id(),
                "orders",
                createdAt.truncatedTo(ChronoUnit.MILLIS),
                GROUP,
                Snapshot.State.AVAILABLE,
                Snapshot.Verification.UNVERIFIED,
                Snapshot.Proof.NONE,
                new Snapshot.Content(4096, 3, 500, 400, "tree", null),
                new Snapshot.Capture("AUTO", "ONLINE", "Why not.", "WAL", 0, 10, 20, List.of("a note")),
                false,
                null,
                labels,
                null);
    }

    private void check(Snapshot snapshot, String level, boolean passed) {
        var now = Instant.ofEpochMilli(clock.millis());
        catalog.checks.add(
                new SnapshotCheck(TimeOrderedId.next(clock), snapshot.id(), level, passed, now, now, List.of()));
    }

    /** A clock that was an hour ahead, and is right again. */
    @Test
    void addNewestWhenTheClockHasGoneBackIsTheNewestAllTheSame() {
        clock.advance(Duration.ofHours(1));
        var ahead = made(TimeOrderedId.next(clock), Map.of("a", "b"), clock.instant());
        catalog.snapshots.addNewest(new PublishedSnapshot(ahead, null, null, null));
        clock.advance(Duration.ofHours(-1));
        var then = made(TimeOrderedId.next(clock), Map.of("a", "b"), clock.instant());
        catalog.snapshots.addNewest(new PublishedSnapshot(then, null, null, null));
        var old = clock.instant().minus(Duration.ofDays(1));
        var imported = made(TimeOrderedId.at(old), Map.of("a", "b"), old);
        catalog.snapshots.add(new PublishedSnapshot(imported, null, null, null));
        var expected = List.of(then.id(), ahead.id(), imported.id());
        assertThat(catalog.snapshots.newest(then.databaseId()))
                .map(Snapshot::id)
                .contains(then.id());
        assertThat(catalog.snapshots.latest(orders).id()).isEqualTo(then.id());
        assertThat(catalog.snapshots.newestAvailable(then.databaseId(), 10))
                .extracting(Snapshot::id)
                .isEqualTo(expected);
        assertThat(catalog.snapshots.all(then.databaseId()))
                .extracting(Snapshot::id)
                .isEqualTo(expected);
        for (var label : new String[] {null, "a", "a=b"}) {
            assertThat(inPagesOfOne(new SnapshotFilter(null, null, null, null, null, label)))
                    .isEqualTo(expected);
        }
        assertThat(catalog.drills.candidate(then.databaseId(), null, 0)).contains(then.id());
    }

    private List<UUID> inPagesOfOne(SnapshotFilter filter) {
        var ids = new ArrayList<UUID>();
        SnapshotPlace place = null;
        do {
            var page = catalog.snapshots.list(filter, place, 1);
            page.items().forEach(found -> ids.add(found.id()));
            place = page.next();
        } while (place != null);
        return ids;
    }
}
