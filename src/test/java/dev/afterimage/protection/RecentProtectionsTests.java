package dev.afterimage.protection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.TestClock;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.Method;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Submission;
import dev.afterimage.jobs.queue.TestJobs;
import dev.afterimage.protection.RecentProtections.Seen;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecentProtectionsTests {

    private final TestClock clock = new TestClock();
    private final List<Seen> told = Collections.synchronizedList(new ArrayList<>());

    @TempDir
    Path dir;

    private TestBackups backups;
    private TestJobs jobs;
    private RecentProtections recent;
    private Database orders;

    @BeforeEach
    void open() throws Exception {
        backups = new TestBackups(dir, clock);
        jobs = new TestJobs(backups.catalog, clock);
        recent = start();
        orders = backups.database("orders", "CREATE TABLE t (v)");
    }

    private RecentProtections start() {
        var started = new RecentProtections(
                backups.catalog.catalog, backups.catalog.databases, jobs.protections, jobs.feed, clock);
        started.onChange(told::addAll);
        started.start();
        return started;
    }

    @AfterEach
    void close() {
        recent.stop();
        backups.close();
    }

    @Test
    void sinceIsWhenItWasFirstSeenToBeSoAndOutlivesARestart() throws Exception {
        var first = clock.instant();
        assertThat(seen("orders").since()).isEqualTo(first);
        clock.advance(Duration.ofHours(1));
        recent.look();
        assertThat(seen("orders").since()).isEqualTo(first);

        backups.run(orders);
        recent.look();
        var second = clock.instant();
        assertThat(seen("orders").since()).isEqualTo(second);

        clock.advance(Duration.ofHours(1));
        recent.stop();
        recent = start();
        assertThat(seen("orders").since()).isEqualTo(second);
        clock.advance(Duration.ofDays(3));
        recent.look();
        assertThat(seen("orders").protection().protection()).isEqualTo(Protection.STALE);
        assertThat(seen("orders").protection().cause()).isEqualTo(DatabaseProtection.Cause.TOO_OLD);
        assertThat(seen("orders").since()).isEqualTo(clock.instant());
    }

    @Test
    void listenerHearsOfEachChangeOnce() throws Exception {
        recent.look();
        recent.look();
        assertThat(told).extracting(one -> one.protection().protection()).containsExactly(Protection.UNPROTECTED);

        backups.run(orders);
        recent.look();
        recent.look();
        assertThat(told)
                .extracting(one -> one.protection().protection())
                .containsExactly(Protection.UNPROTECTED, Protection.PROTECTED);
    }

    @Test
    void databaseWhoseJobHasEndedIsLookedAtSoonAfterwards() throws Exception {
        backups.run(orders);
        assertThat(seen("orders").protection().protection()).isEqualTo(Protection.PROTECTED);
        jobs.jobs.submit(backup());

        jobs.fail(jobs.begin());

        await().until(() -> told.getLast().protection().protection() == Protection.FAILING);
        assertThat(told.getLast().protection().cause()).isEqualTo(DatabaseProtection.Cause.BACKUP_FAILED);
        assertThat(seen("orders").protection().protection()).isEqualTo(Protection.FAILING);
    }

    @Test
    void allHasDatabasesThatWereRegisteredJustNowAndNoneThatAreGone() throws Exception {
        assertThat(names(VisibleDatabases.ALL)).containsExactly("orders");

        backups.database("a", "CREATE TABLE t (v)");
        assertThat(names(VisibleDatabases.ALL)).containsExactly("a", "orders");

        backups.catalog.databases.remove(orders);
        assertThat(names(VisibleDatabases.ALL)).containsExactly("a");
        recent.look();
        assertThat(rows()).isOne();
    }

    @Test
    void allHasOnlyWhatExistsForTheOneWhoAsks() throws Exception {
        backups.database("a", "CREATE TABLE t (v)");

        assertThat(names(new VisibleDatabases(List.of("a", "none")))).containsExactly("a");
        assertThat(names(VisibleDatabases.NONE)).isEmpty();
    }

    private Submission backup() {
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.AUTO, Map.of(), 0);
        var spec = new JobSpec.Backup(orders.id(), plan, VerifyLevel.NONE, Duration.ofMinutes(1));
        return new Submission(spec, List.of("orders"), Priority.NORMAL, null, null);
    }

    private List<String> names(VisibleDatabases visible) {
        return recent.all(visible).databases().stream()
                .map(one -> one.protection().database())
                .toList();
    }

    private Seen seen(String name) {
        return recent.all(new VisibleDatabases(List.of(name))).databases().getFirst();
    }

    private long rows() {
        return backups.catalog
                .catalog
                .query("SELECT count(*) FROM protection_since")
                .query(Long.class)
                .single();
    }
}
