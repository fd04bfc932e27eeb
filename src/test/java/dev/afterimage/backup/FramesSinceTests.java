package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.PlainFile;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.live.CaptureOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Backups of a database of which all commits since the last one are in the WAL. That a page is not read shows where something that is
 * not SQLite has changed it.
 */
class FramesSinceTests {

    private static final int PAGE = 4096;
    private static final int LEAF = 50;
    private static final int APPLICATION_ID = 68;

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private TestBackups backups;
    private Database orders;
    private OtherProcess application;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        orders = backups.database(
                "orders",
                "PRAGMA auto_vacuum = INCREMENTAL",
                "PRAGMA journal_mode = WAL",
                "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)",
                "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)"
                        + " SELECT i, randomblob(400) FROM n");
        application = OtherProcess.start(LiveApplication.class, "obey", orders.path());
        application.awaitLine("obeying");
        commit("PRAGMA wal_autocheckpoint = 0");
    }

    @AfterEach
    void closeHome() {
        try (var _ = application) {
            backups.close();
        }
    }

    @Test
    void runReadsNoPageWithoutAFrameUntilAllAreDigested() throws Exception {
        commit("UPDATE t SET v = randomblob(400) WHERE id = 1500");
        var first = backups.run(orders);
        tamperWith(LEAF);
        commit("UPDATE t SET v = randomblob(400) WHERE id IN (1500, 2000)");
        var second = backups.run(orders);
        clock.advance(Duration.ofDays(7));
        var full = backups.run(orders);

        assertThat(page(backups.content(second), LEAF)).isEqualTo(page(backups.content(first), LEAF));
        assertThat(backups.content(second)).isNotEqualTo(backups.content(first));
        assertThat(second.capture().notes()).isEmpty();
        assertThat(full.capture().notes())
                .singleElement()
                .asString()
                .contains("1 of the pages had changed", "or the WAL");
        assertThat(backups.content(full)).isEqualTo(committed());
        assertThat(page(backups.content(full), LEAF)).isNotEqualTo(page(backups.content(first), LEAF));
    }

    @Test
    void runOfAGroupReadsNoPageWithoutAFrame() throws Exception {
        var stock = backups.database("stock", "CREATE TABLE t (v)");
        commit("UPDATE t SET v = randomblob(400) WHERE id = 1500");
        var first = backups.run(orders);
        tamperWith(LEAF);
        commit("UPDATE t SET v = randomblob(400) WHERE id = 2000");
        var members = Stream.of(orders, stock)
                .map(database -> new GroupPlan.Member(database.id(), TimeOrderedId.next(clock)))
                .toList();
        var group = backups.run(new GroupPlan(UUID.randomUUID(), members, Map.of(), 0));

        var second = backups.content(group.snapshots().getFirst());
        assertThat(page(second, LEAF)).isEqualTo(page(backups.content(first), LEAF));
        assertThat(second).isNotEqualTo(backups.content(first));
    }

    @Test
    void runAfterTheWalWasBegunAnewReadsAll() throws Exception {
        commit("UPDATE t SET v = randomblob(400) WHERE id = 1500");
        backups.run(orders);
        tamperWith(LEAF);
        commit("PRAGMA wal_checkpoint(RESTART)");
        for (int i = 0; i < 10; i++) { // more frames than before
            commit("UPDATE t SET v = randomblob(400) WHERE id = 2000 + " + i * 20);
        }
        assertThat(backups.content(backups.run(orders))).isEqualTo(committed());
    }

    /** Such as by a copy of another state, beside the WAL that stays. */
    @Test
    void runWhenTheFirstPageIsAnotherReadsAllAndTells() throws Exception {
        commit("UPDATE t SET v = randomblob(400) WHERE id = 1500");
        backups.run(orders);
        tamper(APPLICATION_ID);
        tamperWith(LEAF);
        commit("UPDATE t SET v = randomblob(400) WHERE id = 2000");
        var snapshot = backups.run(orders);
        assertThat(backups.content(snapshot)).isEqualTo(committed());
        assertThat(snapshot.capture().notes()).singleElement().asString().contains("2 of the pages");
    }

    @Test
    void runWithoutHashesOfThePagesReadsAll() throws Exception {
        commit("UPDATE t SET v = randomblob(400) WHERE id = 1500");
        backups.run(orders);
        tamperWith(LEAF);
        commit("UPDATE t SET v = randomblob(400) WHERE id = 2000");
        Files.delete(backups.catalog.node.pageHashes().resolve(orders.id().toString()));
        assertThat(backups.content(backups.run(orders))).isEqualTo(committed());
    }

    @Test
    void runBesideAnApplicationThatGrowsShrinksAndCheckpointsHasWhatItCommitted() throws Exception {
        var random = new Random(20260301);
        var work = List.of(
                "UPDATE t SET v = randomblob(400) WHERE id %% 250 = %d",
                "UPDATE t SET v = randomblob(400) WHERE id %% 250 = %d",
                "INSERT INTO t (v) SELECT randomblob(400) FROM t WHERE id %% 30 = %d %% 30",
                "DELETE FROM t WHERE id > 1500 AND id %% 3 = %d %% 3",
                "PRAGMA incremental_vacuum(%d)",
                "PRAGMA wal_checkpoint(PASSIVE)",
                "PRAGMA wal_checkpoint(RESTART)",
                "PRAGMA wal_checkpoint(TRUNCATE)");
        for (int round = 0; round < 15; round++) {
            for (int i = 0; i < 1 + random.nextInt(4); i++) {
                commit(work.get(random.nextInt(work.size())).formatted(1 + random.nextInt(600)));
            }
            var snapshot = backups.run(orders);
            assertThat(Arrays.equals(backups.content(snapshot), committed()))
                    .as("round %d", round)
                    .isTrue();
        }
    }

    /** A page of an older state would break the sum of the balances, which every commit keeps. */
    @Test
    void runBesideAWriterThatNeverPausesIsOfOneState() throws Exception {
        var accounts = backups.catalog.databases.add(
                "accounts", SampleDatabases.accounts(dir.resolve("accounts.db"), "WAL"), Map.of());
        try (var writer = OtherProcess.start(LiveApplication.class, "transfer", accounts.path())) {
            writer.awaitLine("transferring");
            for (int i = 0; i < 15; i++) {
                var file = Files.write(dir.resolve("snapshot.db"), backups.content(backups.run(accounts)));
                assertThat(SampleDatabases.ask(file, "SELECT sum(balance) FROM account"))
                        .isEqualTo(Long.toString(SampleDatabases.SUM_OF_BALANCES));
            }
            writer.send("stop");
            assertThat(Long.parseLong(writer.nextLine())).isPositive();
        }
    }

    private void commit(String sql) {
        assertThat(application.ask(sql)).isEqualTo("done");
    }

    /** What the database has, read without anything that is known of it. */
    private byte[] committed() throws IOException {
        var file = dir.resolve("committed.db");
        Scan.run(orders.path(), new CaptureOptions(Duration.ZERO, 0), null, new PlainFile(file), PageProgress.NONE);
        return Files.readAllBytes(file);
    }

    private void tamperWith(int page) throws Exception {
        tamper((page - 1) * PAGE + PAGE / 2);
    }

    /** By another process, since to close the file here would end the locks of this one. */
    private void tamper(int offset) throws Exception {
        var command = "printf UUUU | dd of='%s' bs=1 seek=%d conv=notrunc status=none".formatted(orders.path(), offset);
        assertThat(new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor())
                .isZero();
    }

    private static byte[] page(byte[] file, int page) {
        return Arrays.copyOfRange(file, (page - 1) * PAGE, page * PAGE);
    }
}
