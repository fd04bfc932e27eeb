package dev.afterimage.recovery;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.github.luben.zstd.ZstdInputStream;
import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.CatalogCopy.Reason;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.objects.CatalogObject;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogCopyTests {

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

    /** As docs/repository-format.md says, "Catalog copy": by nothing but zstd, SHA-256 and SQLite. */
    @Test
    void takeWritesWhatTheFormatSays() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var copy = backups.copies.take(Reason.REQUEST);

        var object = backups.catalog.node.repositoryDirectory().orElseThrow().resolve(copy.key());
        var bytes = Files.readAllBytes(object);
        var digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        var time = "%1$tY%1$tm%1$tdT%1$tH%1$tM%1$tS%1$tLZ"
                .formatted(clock.instant().atOffset(java.time.ZoneOffset.UTC));
        assertThat(copy.key())
                .isEqualTo("catalog/%s/%s-request-%s".formatted(backups.catalog.identity.id(), time, digest));
        assertThat(copy.bytes()).isEqualTo(bytes.length);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(object)))
                .isEqualTo("rw-------");
        var content = dir.resolve("content.db");
        try (var frame = new ZstdInputStream(Files.newInputStream(object))) {
            Files.copy(frame, content);
        }
        assertThat(rows(content, "SELECT * FROM copy"))
                .containsExactly(Map.of(
                        "format", "1",
                        "catalog_id", backups.catalog.identity.id().toString(),
                        "node_id", backups.catalog.node.id().toString(),
                        "repository_id",
                                backups.repository.found().id().orElseThrow().toString(),
                        "schema_version", "1",
                        "taken_at", Long.toString(clock.instant().toEpochMilli()),
                        "reason", "REQUEST"));
        assertThat(rows(content, "SELECT id, name, path FROM database"))
                .containsExactly(Map.of(
                        "id", database.id().toString(),
                        "name", "orders",
                        "path", database.location()));
        assertThat(rows(content, "SELECT name FROM sqlite_schema ORDER BY name"))
                .extracting(row -> row.get("name"))
                .containsExactly(
                        "access_token",
                        "collapse",
                        "copy",
                        "database",
                        "drill",
                        "follow",
                        "heartbeat",
                        "log_chain",
                        "retention_policy",
                        "schedule",
                        "sighting",
                        "snapshot",
                        "snapshot_check",
                        "snapshot_group",
                        "webhook");
        assertThat(backups.catalog.node.staging()).isEmptyDirectory();
    }

    /** Whoever adds a column to a table that is copied decides whether it is copied, and writes it here if not. */
    @Test
    void takeCopiesEachColumnButThoseThatAreFoundAnew() throws Exception {
        backups.copies.take(Reason.REQUEST);
        var content = content(backups.copies.newest().orElseThrow());

        var left = new ArrayList<String>();
        var copied = rows(content, "SELECT name FROM sqlite_schema WHERE name NOT IN ('copy', 'snapshot')");
        for (var table : copied) {
            var sql = "SELECT name FROM pragma_table_info('%s')".formatted(table.get("name"));
            var columns = new ArrayList<>(rows(backups.catalog.node.catalogFile(), sql));
            columns.removeAll(rows(content, sql));
            columns.forEach(column -> left.add(table.get("name") + "." + column.get("name")));
        }
        assertThat(left).containsExactlyInAnyOrder("database.missing_since", "heartbeat.next_attempt_at");
    }

    @Test
    void takeKeepsTheNewestOfEachKindAndAllOfOtherCatalogs() throws Exception {
        backups.database("orders", "CREATE TABLE t (v)");
        var lost = backups.copies.take(Reason.DAILY);
        loseHome();
        var requested = next(Reason.REQUEST);
        next(Reason.DAILY);
        var second = next(Reason.DAILY);
        var third = next(Reason.DAILY);

        assertThat(backups.copies.list()).containsExactly(third, second, requested, lost);
        assertThat(backups.copies.newest()).contains(third);
    }

    /** The clock was ahead: what it dated then is older than what is taken now. */
    @Test
    void takeWhenOthersAreOfTheFutureKeepsTheNewOneAndCountsItAsTheNewest() throws Exception {
        backups.database("orders", "CREATE TABLE t (v)");
        clock.advance(Duration.ofDays(1_000));
        backups.copies.take(Reason.DAILY);
        var future = next(Reason.DAILY);
        clock.advance(Duration.ofDays(-1_000));

        var present = backups.copies.take(Reason.DAILY);

        assertThat(backups.copies.list()).containsExactly(present, future);
        assertThat(backups.copies.newest()).contains(present);
        var second = next(Reason.DAILY);
        assertThat(backups.copies.list()).containsExactly(second, present);
        loseHome();
        assertThat(backups.rebuild().broughtBack())
                .isNotNull()
                .extracting(Rebuilt.BroughtBack::copy)
                .isEqualTo(second.key());
    }

    private CatalogObject next(Reason reason) {
        clock.advance(Duration.ofHours(1));
        return backups.copies.take(reason);
    }

    @Test
    void rebuildWhenTheHomeIsLostBringsBackWhatWasSetAndWhatWasKnownOfSnapshots() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        backups.catalog.databases.change(
                "orders",
                null,
                null,
                Map.of("team", "shop"),
                new Databases.NewDemands(
                        new Databases.NewAge(Duration.ofHours(3)),
                        new Databases.NewAge(Duration.ofHours(4)),
                        new Databases.NewCopyNeed(true)));
        var removed = backups.database("old", "CREATE TABLE t (v)");
        backups.run(removed);
        backups.catalog.databases.remove(removed);
        var elsewhere = backups.database("elsewhere", "CREATE TABLE t (v)");
        backups.catalog
                .catalog
                .update("UPDATE database SET node = 'another' WHERE name = 'elsewhere'")
                .update();
        var policy = last(3);
        backups.catalog.policies.set(database.id(), policy);
        var pinned = backups.run(database);
        backups.catalog.snapshots.change(pinned.id(), Map.of("why", "audit"), true, false, null);
        var damaged = backups.run(database);
        check(damaged, false);
        var proven = backups.run(database);
        check(proven, true);
        var before = snapshots(pinned, damaged, proven);
        var checks = backups.catalog.checks.list(damaged.id());
        var registered = backups.catalog.databases.get("orders");
        var copy = backups.copies.take(Reason.DAILY);
        var later = backups.run(database);
        loseHome();

        var rebuilt = backups.rebuild();

        assertThat(rebuilt.broughtBack()).isNotNull();
        assertThat(rebuilt.broughtBack().copy()).isEqualTo(copy.key());
        assertThat(rebuilt.broughtBack().takenAt()).isEqualTo(copy.takenAt());
        assertThat(rebuilt.broughtBack().settings().retentionPolicies()).isEqualTo(1);
        assertThat(rebuilt.databases())
                .extracting(Rebuilt.Adopted::name)
                .containsExactlyInAnyOrder("orders", "elsewhere");
        assertThat(backups.catalog.databases.get("orders")).isEqualTo(registered);
        assertThat(rows(backups.catalog.node.catalogFile(), "SELECT max_age FROM database WHERE name = 'orders'"))
                .containsExactly(Map.of("max_age", "10800000"));
        assertThat(backups.catalog.databases.get("elsewhere").node()).isEqualTo("another");
        assertThat(backups.catalog.databases.find(removed.id())).isPresent();
        assertThat(backups.catalog.databases.list(null, 10))
                .extracting(Database::name)
                .doesNotContain("old");
        assertThat(snapshots(pinned, damaged, proven)).isEqualTo(before);
        assertThat(backups.catalog.checks.list(damaged.id())).isEqualTo(checks);
        assertThat(backups.catalog.snapshots.get(later.id())).isEqualTo(later);
        assertThat(backups.catalog.policies.inForce(database.id()).policy()).isEqualTo(policy);
        assertThat(elsewhere.id()).isNotNull();
    }

    private static RetentionPolicy last(int number) {
        var none = RetentionPolicy.KEEP_ALL;
        return new RetentionPolicy(number, null, null, null, null, null, null, List.of(), null, null, none.zone());
    }

    private List<Snapshot> snapshots(Snapshot... some) {
        return List.of(some).stream()
                .map(snapshot -> backups.catalog.snapshots.get(snapshot.id()))
                .toList();
    }

    private void check(Snapshot snapshot, boolean passed) {
        var now = clock.instant();
        var messages = passed ? List.<String>of() : List.of("page 3 is wrong");
        backups.catalog.checks.add(
                new SnapshotCheck(UUID.randomUUID(), snapshot.id(), "FULL", passed, now, now, messages));
    }

    /** What was removed since is not to come back, and what is there is not overwritten. */
    @Test
    void rebuildBringsBackOnceAndNothingOfItsOwn() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        backups.catalog.policies.set(database.id(), RetentionPolicy.KEEP_ALL);
        backups.copies.take(Reason.DAILY);
        backups.catalog.policies.remove(database.id());
        assertThat(backups.rebuild().broughtBack()).isNull();
        assertThat(policies()).isEmpty();
        loseHome();
        var mine = last(1);
        backups.catalog.policies.set(database.id(), mine);
        assertThat(backups.rebuild(new RebuildOrder(false, false, null)).broughtBack())
                .isNull();

        assertThat(backups.rebuild().broughtBack()).isNotNull();
        assertThat(backups.catalog.policies.inForce(database.id()).policy()).isEqualTo(mine);
        backups.catalog.policies.remove(database.id());
        assertThat(backups.rebuild().broughtBack()).isNull();
        assertThat(policies()).isEmpty();
    }

    private List<Map<String, String>> policies() throws SQLException {
        return rows(backups.catalog.node.catalogFile(), "SELECT * FROM retention_policy");
    }

    @Test
    void rebuildWhenTheNewestCopyIsDamagedTakesTheOneBefore() throws Exception {
        backups.database("orders", "CREATE TABLE t (v)");
        var good = backups.copies.take(Reason.DAILY);
        clock.advance(Duration.ofHours(1));
        var cut = backups.copies.take(Reason.DAILY);
        loseHome();
        var file = backups.catalog.node.repositoryDirectory().orElseThrow().resolve(cut.key());
        Files.write(file, List.of("not what was written"));

        assertThatProblem(ProblemCode.CATALOG_COPY_UNUSABLE)
                .isThrownBy(() -> backups.rebuild(new RebuildOrder(true, false, cut.key())))
                .withMessageContaining("its SHA-256 is")
                .extracting(ProblemException::code)
                .isEqualTo(ProblemCode.CATALOG_COPY_UNUSABLE);
        assertThat(backups.catalog.databases.list(null, 10)).isEmpty();
        var rebuilt = backups.rebuild();

        assertThat(rebuilt.broughtBack()).isNotNull();
        assertThat(rebuilt.broughtBack().copy()).isEqualTo(good.key());
        assertThat(rebuilt.passedOver()).extracting(Rebuilt.PassedOver::copy).containsExactly(cut.key());
        assertThat(backups.catalog.databases.list(null, 10))
                .extracting(Database::name)
                .containsExactly("orders");
    }

    /** What is planted with a right checksum is not run. */
    @Test
    void rebuildWhenACopyHasMoreThanTablesPassesItOver() throws Exception {
        backups.database("orders", "CREATE TABLE t (v)");
        var content = content(backups.copies.take(Reason.DAILY));
        TestBackups.execute(content, "CREATE VIEW webhooks AS SELECT 1");
        var catalogId = UUID.randomUUID();
        backups.repository.catalogObjects().put(catalogId, clock.instant(), "daily", content);

        var rebuilt = backups.rebuild();

        assertThat(rebuilt.broughtBack()).isNull();
        assertThat(rebuilt.passedOver())
                .singleElement()
                .satisfies(one -> assertThat(one.reason()).contains("webhooks is no table"));
    }

    /** The start after it must not record what is left without its pins. */
    @Test
    void rebuildWhenItDiedInTheMiddleBeginsAnewWithTheSameCopy() throws Exception {
        var snapshots = new ArrayList<Snapshot>();
        for (var name : List.of("a", "b")) {
            var database = backups.database(name, "CREATE TABLE t (v)");
            var snapshot = backups.run(database);
            backups.catalog.snapshots.change(snapshot.id(), null, true, false, null);
            backups.catalog.policies.set(database.id(), RetentionPolicy.KEEP_ALL);
            snapshots.add(snapshot);
        }
        var copy = backups.copies.take(Reason.DAILY);
        loseHome();
        PageProgress dying = (done, total) -> {
            if (done == 1) {
                throw new CancellationException();
            }
        };
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> backups.rebuild.run(RebuildOrder.WITHOUT_TOKENS, backups.staging(), dying));
        assertThat(policies()).isEmpty();

        new StartRecording(
                        backups.repository,
                        backups.catalog.databases,
                        backups.unrecorded,
                        backups.groups,
                        backups.catalog.bringingBack)
                .start();
        var rebuilt = backups.rebuild();

        assertThat(rebuilt.snapshotsAdded()).isEqualTo(1);
        assertThat(rebuilt.broughtBack()).isNotNull();
        assertThat(rebuilt.broughtBack().copy()).isEqualTo(copy.key());
        assertThat(rebuilt.broughtBack().settings().retentionPolicies()).isEqualTo(2);
        assertThat(snapshots)
                .allSatisfy(snapshot -> assertThat(
                                backups.catalog.snapshots.get(snapshot.id()).pinned())
                        .isTrue());
    }

    /** A file with what the copy has. */
    private Path content(CatalogObject copy) throws IOException {
        var content = Files.createTempFile(dir, "content", ".db");
        backups.repository.catalogObjects().fetch(copy, content);
        return content;
    }

    private static List<Map<String, String>> rows(Path file, String sql) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var all = new ArrayList<Map<String, String>>();
            while (rows.next()) {
                var row = new TreeMap<String, String>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    row.put(rows.getMetaData().getColumnName(i), rows.getString(i));
                }
                all.add(row);
            }
            return all;
        }
    }

    /** All of it but the repository, which a new home gets. */
    private void loseHome() throws Exception {
        var home = backups.catalog.node.home();
        backups.close();
        var old = dir.resolve("burnt-" + UUID.randomUUID());
        Files.move(home, old);
        Files.createDirectories(home);
        Files.move(old.resolve("repository"), home.resolve("repository"));
        openHome();
        backups.adopted.adopt(backups.repository.found().id().orElseThrow(), false);
    }
}
