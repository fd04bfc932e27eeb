package dev.afterimage.recovery;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.CatalogCopy.Reason;
import dev.afterimage.catalog.LostCatalog;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.databases.RemovedDatabases;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.repository.objects.CatalogObject;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes back of a lost catalog into one that has rows already, or from a repository that somebody else has written. */
class BringingBackTests {

    private static final RebuildOrder WITHOUT_SETTINGS = new RebuildOrder(false, false, null);
    private static final String ROWS = "CREATE TABLE t (v)";

    private static final List<String> STRANGE = List.of(
            "UPDATE copy SET node_id = NULL",
            "UPDATE copy SET reason = NULL",
            "DELETE FROM copy",
            "ALTER TABLE snapshot DROP COLUMN id",
            "ALTER TABLE snapshot DROP COLUMN pinned",
            "UPDATE snapshot SET id = 'mine'",
            "UPDATE snapshot SET labels = NULL",
            "CREATE TABLE snapshot_by_snapshot (a)",
            "UPDATE database SET path = NULL",
            "UPDATE database SET node = NULL",
            "UPDATE database SET labels = '[]'",
            "UPDATE database SET labels = '{\"a\": null}'",
            "UPDATE database SET labels = 'null'");

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

    /** As whoever practises first, whoever names the copy only later, and a start that records what it finds. */
    @Test
    void rebuildWhenSnapshotsHaveRowsByTheirManifestsGivesThemWhatWasKnownOfThem() throws Exception {
        var database = backups.database("orders", ROWS);
        backups.catalog.databases.change(
                "orders",
                null,
                null,
                Map.of("team", "shop"),
                new Databases.NewDemands(
                        new Databases.NewAge(Duration.ofHours(3)),
                        new Databases.NewAge(Duration.ofHours(4)),
                        new Databases.NewCopyNeed(true)));
        var pinned = backups.run(database);
        change(pinned, Map.of("why", "audit"), true);
        var expiring = backups.run(database);
        var expiry = clock.instant().plus(Duration.ofDays(90));
        backups.catalog.snapshots.change(expiring.id(), null, null, true, expiry);
        var damaged = backups.run(database);
        check(damaged, "FULL", false);
        var proven = backups.run(database);
        check(proven, "FULL", true);
        var before = snapshots(pinned, expiring, damaged, proven);
        var registered = backups.catalog.databases.get("orders");
        var checks = backups.catalog.checks.list(damaged.id());
        backups.catalog.policies.set(database.id(), RetentionPolicy.KEEP_ALL);
        backups.copies.take(Reason.DAILY);
        loseHome();
        backups.rebuild(WITHOUT_SETTINGS);
        assertThat(snapshots(pinned, expiring, damaged, proven)).isNotEqualTo(before);

        var rebuilt = backups.rebuild();

        assertThat(rebuilt.snapshotsAdded()).isZero();
        assertThat(snapshots(pinned, expiring, damaged, proven)).isEqualTo(before);
        assertThat(backups.catalog.checks.list(damaged.id())).isEqualTo(checks);
        var again = backups.catalog.databases.get("orders");
        assertThat(again.labels()).isEqualTo(registered.labels());
        assertThat(count("database WHERE max_age = 10800000 AND max_full_check_age = 14400000 AND require_copy = 1"))
                .isOne();
        assertThat(backups.catalog.policies.inForce(database.id()).policy()).isEqualTo(RetentionPolicy.KEEP_ALL);
    }

    @Test
    void rebuildWhenSnapshotsWereChangedSinceKeepsThatUnlessItLetsThemGoOrTrustsThem() throws Exception {
        var database = backups.database("orders", ROWS);
        var labelled = backups.run(database);
        change(labelled, Map.of("why", "audit"), true);
        var lookedAt = backups.run(database);
        check(lookedAt, "FULL", false);
        var mended = backups.run(database);
        check(mended, "FULL", false);
        var broken = backups.run(database);
        check(broken, "FULL", true);
        backups.copies.take(Reason.DAILY);
        loseHome();
        backups.rebuild(WITHOUT_SETTINGS);
        change(labelled, Map.of("why", "mine"), false);
        check(lookedAt, "QUICK", true);
        check(mended, "FULL", true);
        check(broken, "QUICK", false);

        backups.rebuild();

        assertThat(backups.catalog.snapshots.get(labelled.id()).labels()).isEqualTo(Map.of("why", "mine"));
        assertThat(backups.catalog.snapshots.get(labelled.id()).pinned()).isTrue();
        assertThat(backups.catalog.snapshots.get(lookedAt.id()).state()).isEqualTo(Snapshot.State.QUARANTINED);
        assertThat(backups.catalog.snapshots.get(lookedAt.id()).verification()).isEqualTo(Snapshot.Verification.FAILED);
        assertThat(backups.catalog.snapshots.get(mended.id()).state()).isEqualTo(Snapshot.State.AVAILABLE);
        assertThat(backups.catalog.snapshots.get(broken.id()).state()).isEqualTo(Snapshot.State.QUARANTINED);
    }

    /** The policies are there before it: it must not be without its pin for a moment. */
    @Test
    void rebuildWhenAManifestCannotBeReadGivesItsSnapshotWhatWasKnownWhenItCanBe() throws Exception {
        var database = backups.database("orders", ROWS);
        var snapshot = backups.run(database);
        check(snapshot, "FULL", false);
        change(snapshot, Map.of("why", "audit"), true);
        var before = snapshots(snapshot);
        backups.copies.take(Reason.DAILY);
        loseHome();
        var manifest = backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("manifests/%s/%s.json".formatted(database.id(), snapshot.id()));
        var whole = Files.move(manifest, dir.resolve("whole"));
        Files.writeString(manifest, "{");
        assertThat(backups.rebuild().unreadable()).hasSize(1);
        Files.move(whole, manifest, StandardCopyOption.REPLACE_EXISTING);

        backups.unrecorded.record(database.id(), snapshot.id());

        assertThat(snapshots(snapshot)).isEqualTo(before);
        assertThat(count("awaited_snapshot")).isZero();
    }

    @Test
    void rebuildWithoutSettingsForgetsNothingThatAnotherHasBegunWith() throws Exception {
        backups.run(backups.database("orders", ROWS));
        var copy = backups.copies.take(Reason.DAILY);
        loseHome();
        PageProgress dying = (done, total) -> {
            throw new CancellationException();
        };
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> backups.rebuild.run(RebuildOrder.WITHOUT_TOKENS, backups.staging(), dying));

        backups.rebuild(WITHOUT_SETTINGS);

        assertThat(backups.catalog.bringingBack.begun()).contains(copy.key());
    }

    /** The databases of a rebuild come before their snapshots, and their groups too. */
    @Test
    void rebuildWhenRemovedDatabasesAreForgottenMeanwhileBringsThemBackRemoved() throws Exception {
        var removed = backups.database("old", ROWS);
        backups.run(removed);
        execute("INSERT INTO heartbeat (database_id, url, attempts) VALUES ('%s', 'http://127.0.0.1:9', 0)"
                .formatted(removed.id()));
        execute("INSERT INTO snapshot_group VALUES ('%s', 2)".formatted(UUID.randomUUID()));
        backups.catalog.databases.remove(removed);
        Files.delete(removed.path());
        clock.advance(Duration.ofDays(31));
        backups.copies.take(Reason.DAILY);
        loseHome();
        var forgetting = new RemovedDatabases(backups.catalog.catalog, clock);
        PageProgress meanwhile = (done, total) -> {
            if (done == 0) {
                forgetting.forget();
            }
        };

        var rebuilt = backups.rebuild.run(RebuildOrder.WITHOUT_TOKENS, backups.staging(), meanwhile);

        assertThat(rebuilt.databases()).isEmpty();
        assertThat(backups.catalog.databases.find("old")).isEmpty();
        assertThat(backups.catalog.databases.find(removed.id())).isPresent();
        assertThat(count("heartbeat")).isOne();
        assertThat(count("snapshot_group")).isOne();
        forgetting.forget();
        assertThat(count("snapshot_group")).isZero();
    }

    /** A first recovery that failed has left a copy of its own, with next to nothing. */
    @Test
    void rebuildTakesTheCatalogThatKnewMostOfTheSnapshots() throws Exception {
        backups.run(backups.database("orders", ROWS));
        var lost = backups.copies.take(Reason.DAILY);
        loseHome();
        clock.advance(Duration.ofDays(1));
        backups.database("found", ROWS);
        backups.copies.take(Reason.DAILY);
        loseHome();

        var rebuilt = backups.rebuild();

        assertThat(rebuilt.broughtBack()).isNotNull();
        assertThat(rebuilt.broughtBack().copy()).isEqualTo(lost.key());
        assertThat(rebuilt.passedOver()).isEmpty();
    }

    /** An older one would bring back what is not so any more, and the newest would never come by itself. */
    @Test
    void rebuildWhenTheNewestCopyCannotBeReadBringsNothingBack() throws Exception {
        backups.database("orders", ROWS);
        var older = backups.copies.take(Reason.DAILY);
        clock.advance(Duration.ofHours(1));
        var newest = backups.copies.take(Reason.DAILY);
        loseHome();
        makeUnreadable(newest);

        assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, newest.key()).isThrownBy(backups::rebuild);

        assertThat(backups.catalog.databases.names()).isEmpty();
        assertThat(backups.rebuild(new RebuildOrder(true, false, older.key())).broughtBack())
                .isNotNull();
    }

    @Test
    void rebuildWhenOneOfSeveralCatalogsCannotBeReadLeavesTheOthersClosed() throws Exception {
        backups.database("orders", ROWS);
        var first = backups.copies.take(Reason.DAILY);
        loseHome();
        clock.advance(Duration.ofDays(1));
        backups.copies.take(Reason.DAILY);
        loseHome();
        makeUnreadable(first);

        assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, first.key()).isThrownBy(backups::rebuild);

        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            assertThat(descriptors.map(BringingBackTests::target))
                    .noneMatch(open -> open.contains(dir.toString()) && open.contains("catalog-"));
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "closed meanwhile";
        }
    }

    private void makeUnreadable(CatalogObject copy) throws IOException {
        var failing = Path.of("/sys/class/net/lo/speed");
        assumeTrue(Files.isRegularFile(failing), "Linux has no /sys/class/net/lo/speed here, whose reads fail");
        assumeThat(catchThrowable(() -> Files.readString(failing))).isInstanceOf(IOException.class);
        Files.delete(file(copy));
        Files.createSymbolicLink(file(copy), failing);
    }

    @Test
    void rebuildWhenNewerCopiesAreStrangeTakesTheOneBefore() throws Exception {
        backups.run(backups.database("orders", ROWS));
        var good = backups.copies.take(Reason.DAILY);
        var planted = new ArrayList<String>();
        for (var strange : STRANGE) {
            planted.add(plant(good, content(good, strange)).key());
        }
        loseHome();

        var rebuilt = backups.rebuild();

        assertThat(rebuilt.passedOver())
                .extracting(Rebuilt.PassedOver::copy)
                .containsExactlyElementsOf(planted.reversed());
        assertThat(rebuilt.broughtBack()).isNotNull();
        assertThat(rebuilt.broughtBack().copy()).isEqualTo(good.key());
        assertThat(backups.catalog.databases.names()).containsExactly("orders");
    }

    @Test
    void rebuildWhenRowsOfACopyAreStrangeLeavesThemOut() throws Exception {
        var database = backups.database("orders", ROWS);
        backups.catalog.policies.set(database.id(), RetentionPolicy.KEEP_ALL);
        var good = backups.copies.take(Reason.DAILY);
        plant(
                good,
                content(
                        good,
                        "INSERT INTO heartbeat (database_id, url, attempts) VALUES ('nobody', 'http://127.0.0.1:9', 0)",
                        "INSERT INTO collapse (snapshot_id, database_id) VALUES ('none', '%s')"
                                .formatted(database.id()),
                        "INSERT INTO webhook (id) VALUES ('hook')"));
        loseHome();

        var rebuilt = backups.rebuild();

        assertThat(rebuilt.passedOver()).isEmpty();
        assertThat(rebuilt.broughtBack()).isNotNull();
        assertThat(rebuilt.broughtBack().settings()).isEqualTo(new LostCatalog.Settings(1, 0, 0, 0, List.of()));
    }

    @Test
    void rebuildWhenACopyIsNothingOrUnpacksToNoEndPassesItOver() throws Exception {
        backups.database("orders", ROWS);
        var good = backups.copies.take(Reason.DAILY);
        var endless = dir.resolve("endless");
        try (var file = new RandomAccessFile(endless.toFile(), "rw")) {
            file.setLength(65L << 20);
        }
        var bomb = plant(good, endless);
        var text = "no frame\n".getBytes(UTF_8);
        var sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        var noFrame = new CatalogObject(good.catalogId(), later(), "daily", sha256, text.length);
        Files.write(file(noFrame), text);
        loseHome();

        var rebuilt = backups.rebuild();

        assertThat(rebuilt.passedOver())
                .extracting(Rebuilt.PassedOver::copy)
                .containsExactlyInAnyOrder(bomb.key(), noFrame.key());
        assertThat(rebuilt.passedOver())
                .extracting(Rebuilt.PassedOver::reason)
                .anySatisfy(reason -> assertThat(reason).contains("larger than any copy"))
                .anySatisfy(reason -> assertThat(reason).contains("cannot be unpacked"));
        assertThat(rebuilt.broughtBack()).isNotNull();
        assertThat(rebuilt.broughtBack().copy()).isEqualTo(good.key());
    }

    /** One of them may have been revoked since, or have been put there by whoever could write the repository. */
    @Test
    void rebuildBringsTokensBackOnlyWhenAskedAndTellsWhich() throws Exception {
        backups.database("orders", ROWS);
        var id = UUID.randomUUID();
        execute("INSERT INTO access_token (id, name, hash, scope, of_file, created_at)"
                + " VALUES ('%s', 'pipeline', 'abc', 'OPERATE', 0, 0)".formatted(id));
        var copy = backups.copies.take(Reason.DAILY);
        loseHome();

        var without = backups.rebuild().broughtBack();
        assertThat(without).isNotNull();
        assertThat(without.settings().tokens()).isEmpty();
        assertThat(count("access_token")).isZero();
        var with = backups.rebuild(new RebuildOrder(true, true, copy.key())).broughtBack();

        assertThat(with).isNotNull();
        assertThat(with.settings().tokens()).containsExactly(new LostCatalog.Token(id, "pipeline", "OPERATE"));
        assertThat(count("access_token")).isOne();
    }

    private void change(Snapshot snapshot, Map<String, String> labels, boolean pinned) {
        backups.catalog.snapshots.change(snapshot.id(), labels, pinned, false, null);
    }

    private List<Snapshot> snapshots(Snapshot... some) {
        return List.of(some).stream()
                .map(snapshot -> backups.catalog.snapshots.get(snapshot.id()))
                .toList();
    }

    private void check(Snapshot snapshot, String level, boolean passed) {
        var now = clock.instant();
        var messages = passed ? List.<String>of() : List.of("page 3 is wrong");
        backups.catalog.checks.add(
                new SnapshotCheck(UUID.randomUUID(), snapshot.id(), level, passed, now, now, messages));
    }

    private void execute(String sql) {
        backups.catalog.catalog.update(sql).update();
    }

    private int count(String rows) {
        return backups.catalog
                .catalog
                .query("SELECT count(*) FROM " + rows)
                .query(Integer.class)
                .single();
    }

    private Path file(CatalogObject copy) {
        return backups.catalog.node.repositoryDirectory().orElseThrow().resolve(copy.key());
    }

    /** A file with what the copy has, changed. */
    private Path content(CatalogObject copy, String... changes) throws Exception {
        var content = Files.createTempFile(dir, "content", ".db");
        backups.repository.catalogObjects().fetch(copy, content);
        TestBackups.execute(content, changes);
        return content;
    }

    /** Stores a file as a newer copy of the same catalog. */
    private CatalogObject plant(CatalogObject copy, Path content) throws IOException {
        return backups.repository.catalogObjects().put(copy.catalogId(), later(), "daily", content);
    }

    private Instant later() {
        clock.advance(Duration.ofHours(1));
        return clock.instant();
    }

    /** All of it but the repository, which a new home gets. */
    private void loseHome() throws IOException {
        backups.close();
        var home = backups.catalog.node.home();
        var old = dir.resolve("burnt-" + UUID.randomUUID());
        Files.move(home, old);
        Files.createDirectories(home);
        Files.move(old.resolve("repository"), home.resolve("repository"));
        openHome();
        backups.adopted.adopt(backups.repository.found().id().orElseThrow(), false);
    }
}
