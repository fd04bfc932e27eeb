package dev.afterimage.jobs.queue;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.GroupPlan;
import dev.afterimage.backup.Method;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.repair.RepairOrder;
import dev.afterimage.retention.PruneOrder;
import dev.afterimage.sqlite.check.CheckLevel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobClaimsTests {

    private static final UUID ORDERS = UUID.randomUUID();
    private static final UUID USERS = UUID.randomUUID();
    private static final Duration DEADLINE = Duration.ofMinutes(5);

    private final TestClock clock = new TestClock();
    private final JobSettings settings = new JobSettings(2, DEADLINE, Duration.ofSeconds(30), Duration.ofDays(90));

    @TempDir
    Path dir;

    private TestCatalog catalog;
    private JobFeed feed;
    private Jobs jobs;
    private JobClaims claims;

    @BeforeEach
    void openCatalog() {
        catalog = new TestCatalog(dir.resolve("home"), dir, clock);
        feed = new JobFeed();
        jobs = new Jobs(
                catalog.catalog, feed, new RunningJobs(), catalog.node, new QueueSettings(10_000, 1_000), clock);
        claims = process();
    }

    @AfterEach
    void closeCatalog() {
        catalog.close();
    }

    /** Another process as far as the table knows: an owner of its own. */
    private JobClaims process() {
        return new JobClaims(catalog.catalog, new JobFeed(), catalog.node, settings, clock);
    }

    @Test
    void claimTakesTheOldestOfTheHighestPriority() {
        var low = backup(UUID.randomUUID(), Priority.LOW);
        var first = backup(UUID.randomUUID(), Priority.NORMAL);
        clock.advance(Duration.ofMillis(5));
        var second = backup(UUID.randomUUID(), Priority.NORMAL);
        var urgent = backup(UUID.randomUUID(), Priority.HIGH);
        var order = new ArrayList<UUID>();
        for (int i = 0; i < 4; i++) {
            order.add(claims.claim().orElseThrow().id());
        }
        assertThat(order).containsExactly(urgent.id(), first.id(), second.id(), low.id());
        assertThat(claims.claim()).isEmpty();
    }

    @Test
    void claimTakesWhatWasQueuedWhileTheClockWasAhead() {
        clock.advance(Duration.ofDays(365));
        var job = backup(ORDERS, Priority.NORMAL);
        clock.advance(Duration.ofDays(-365));
        var later = backup(ORDERS, Priority.NORMAL);
        assertThat(claims.claim()).map(Job::id).contains(later.id());
        claims.end(jobs.get(later.id()), new Outcome.Succeeded(Map.of()), null);
        assertThat(claims.claim()).map(Job::id).contains(job.id());
    }

    @Test
    void claimWhenTheDatabaseIsReservedTakesAnother() {
        var running = backup(ORDERS, Priority.NORMAL);
        var waiting = backup(ORDERS, Priority.HIGH);
        var other = backup(USERS, Priority.LOW);
        var check = check();
        assertThat(claims.claim()).map(Job::id).contains(waiting.id());
        assertThat(claims.claim()).map(Job::id).contains(check.id());
        assertThat(claims.claim()).map(Job::id).contains(other.id());
        assertThat(claims.claim()).as("orders is reserved").isEmpty();
        claims.end(jobs.get(waiting.id()), new Outcome.Succeeded(Map.of()), null);
        assertThat(claims.claim()).map(Job::id).contains(running.id());
    }

    @Test
    void claimLeavesAWorkerToBackupsHoweverManyChecksAreScheduled() {
        var scheduled = check(Priority.LOW);
        check(Priority.LOW);
        assertThat(claims.claim()).map(Job::id).contains(scheduled.id());
        assertThat(claims.claim()).as("the other worker").isEmpty();
        claimed(backup(ORDERS, Priority.LOW));
        claimed(check());
        claims.end(jobs.get(scheduled.id()), new Outcome.Succeeded(Map.of()), null);
        assertThat(claims.claim()).as("the check that was asked for counts").isEmpty();
    }

    @Test
    void claimTakesNoRepairBesideAPruneAndNoPruneBesideARepair() {
        var prune = prune();
        var repair = repair();
        var another = repair();
        var next = prune();
        assertThat(claims.claim()).map(Job::id).contains(prune.id());
        var second = claims.claim();
        assertThat(second).as("prunes may run side by side").map(Job::id).contains(next.id());
        assertThat(claims.claim()).as("repairs wait for prunes").isEmpty();
        claims.end(jobs.get(prune.id()), new Outcome.Succeeded(Map.of()), null);
        assertThat(claims.claim()).isEmpty();
        claims.end(jobs.get(next.id()), new Outcome.Succeeded(Map.of()), null);
        assertThat(claims.claim()).map(Job::id).contains(repair.id());
        var last = prune();
        assertThat(claims.claim()).as("nor beside another repair, nor a prune").isEmpty();
        claimed(check());
        claims.end(jobs.get(repair.id()), new Outcome.Succeeded(Map.of()), null);
        assertThat(claims.claim()).map(Job::id).contains(another.id());
        claims.end(jobs.get(another.id()), new Outcome.Succeeded(Map.of()), null);
        assertThat(claims.claim()).map(Job::id).contains(last.id());
    }

    private Job prune() {
        return submitted(new JobSpec.Prune(PruneOrder.ofAllThatIsDue(), DEADLINE));
    }

    private Job repair() {
        return submitted(new JobSpec.Repair(new RepairOrder(null, false), DEADLINE));
    }

    private Job submitted(JobSpec spec) {
        clock.advance(Duration.ofMillis(1));
        return jobs.submit(new Submission(spec, List.of(), Priority.NORMAL, null, null));
    }

    @Test
    void claimOfAGroupHoldsAllItsDatabases() {
        var running = claimed(backup(USERS, Priority.NORMAL));
        var group = group(Priority.NORMAL, ORDERS, USERS);
        assertThat(claims.claim()).as("users is reserved").isEmpty();
        claims.end(running, new Outcome.Succeeded(Map.of()), null);
        claimed(group);
        backup(ORDERS, Priority.HIGH);
        backup(USERS, Priority.HIGH);
        assertThat(claims.claim()).as("the group has both").isEmpty();
        claims.end(group, new Outcome.Succeeded(Map.of()), null);
        assertThat(claims.claim()).isPresent();
        assertThat(claims.claim()).isPresent();
    }

    @Test
    void claimWhenAGroupWaitsDoesNotLetLaterBackupsPassIt() {
        var running = claimed(backup(USERS, Priority.NORMAL));
        var group = group(Priority.NORMAL, ORDERS, USERS);
        var later = backup(ORDERS, Priority.NORMAL);
        var elsewhere = backup(UUID.randomUUID(), Priority.NORMAL);
        var urgent = backup(ORDERS, Priority.HIGH);
        assertThat(claims.claim()).as("what is more urgent passes").map(Job::id).contains(urgent.id());
        assertThat(claims.claim())
                .as("and what has nothing to do with it")
                .map(Job::id)
                .contains(elsewhere.id());
        claims.end(urgent, new Outcome.Succeeded(Map.of()), null);
        assertThat(claims.claim())
                .as("orders is free, but the group's turn comes first")
                .isEmpty();
        claims.end(running, new Outcome.Succeeded(Map.of()), null);
        claimed(group);
        claims.end(group, new Outcome.Succeeded(Map.of()), null);
        claimed(later);
    }

    @Test
    void claimWhenGroupsOverlapTakesThemOneAfterTheOther() {
        var third = UUID.randomUUID();
        var groups = List.of(
                group(Priority.NORMAL, ORDERS, USERS),
                group(Priority.NORMAL, USERS, third),
                group(Priority.NORMAL, third, ORDERS));
        for (var group : groups) {
            claimed(group);
            assertThat(claims.claim()).isEmpty();
            claims.end(group, new Outcome.Succeeded(Map.of()), null);
        }
    }

    @Test
    void claimWhenAGroupIsPostponedOrCancelledLetsOthersPass() {
        var group = claimed(group(Priority.NORMAL, ORDERS, USERS));
        var obstacle = Problem.of(ProblemCode.SOURCE_LOCKED, "locked");
        claims.end(group, new Outcome.Postponed(clock.instant().plusSeconds(10), obstacle), null);
        var backup = claimed(backup(ORDERS, Priority.NORMAL));
        clock.advance(Duration.ofSeconds(10));
        var later = backup(USERS, Priority.NORMAL);
        assertThat(claims.claim()).as("the group is due again").isEmpty();
        jobs.cancel(group.id());
        claimed(later);
        claims.end(backup, new Outcome.Succeeded(Map.of()), null);
    }

    @Test
    void recoverFreesAllDatabasesOfAGroup() {
        var group = claimed(group(Priority.NORMAL, ORDERS, USERS));
        var survivor = process();
        assertThat(survivor.recover(false)).extracting(Job::id).containsExactly(group.id());
        assertThat(survivor.claim()).map(Job::attempt).contains(2);
        assertThat(process().recover(false)).hasSize(1);
    }

    @Test
    void listFindsAGroupByEachOfItsDatabases() {
        var group = jobs.submit(
                new Submission(groupSpec(ORDERS, USERS), List.of("users", "orders"), Priority.NORMAL, null, null));
        var check = jobs.submit(
                new Submission(new JobSpec.RepositoryCheck(0.05, DEADLINE), List.of(), Priority.NORMAL, null, null));
        assertThat(group.databases()).containsExactly("orders", "users");
        assertThat(check.databases()).isEmpty();
        for (var name : group.databases()) {
            assertThat(jobs.list(new JobFilter(name, null, null), null, 10).items())
                    .containsExactly(group);
            assertThat(jobs.pending(name)).isTrue();
        }
        claims.end(claimed(group), new Outcome.Failed(Problem.of(ProblemCode.SOURCE_LOCKED, "locked")), null);
        assertThat(jobs.pending("users")).isFalse();
        assertThat(jobs.lastBackup("users")).map(Job::id).contains(group.id());
    }

    @Test
    void lastBackupFindsTheNewestByAnIndexWithoutSorting() {
        var plan = catalog.catalog
                .query("EXPLAIN QUERY PLAN " + Jobs.LAST_BACKUP)
                .param("name", "users")
                .query((row, number) -> row.getString("detail"))
                .list();
        assertThat(plan.getFirst()).contains("INDEX job_database_by_name (database_name=?)");
        assertThat(plan).noneMatch(step -> step.contains("TEMP B-TREE"));
    }

    @Test
    void endStoresTheOutcome() {
        var job = claimed(backup(ORDERS, Priority.NORMAL));
        clock.advance(Duration.ofSeconds(3));
        assertThat(claims.end(job, new Outcome.Succeeded(Map.of("snapshotId", "x")), null))
                .isTrue();
        var ended = jobs.get(job.id());
        assertThat(ended.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(ended.result()).containsEntry("snapshotId", "x");
        assertThat(Duration.between(ended.startedAt(), ended.finishedAt())).isEqualTo(Duration.ofSeconds(3));
        var failed = claimed(backup(ORDERS, Priority.NORMAL));
        var problem = new Problem(ProblemCode.SOURCE_LOCKED, "d", "h", true, Map.of("holders", "[1]"));
        claims.end(failed, new Outcome.Failed(problem), null);
        assertThat(jobs.get(failed.id()).problem()).isEqualTo(problem);
    }

    @Test
    void endWhenPostponedRunsAgainOnlyWhenItIsDue() {
        var job = claimed(backup(ORDERS, Priority.NORMAL));
        var obstacle = Problem.of(ProblemCode.SOURCE_LOCKED, "locked");
        claims.end(job, new Outcome.Postponed(clock.instant().plusSeconds(10), obstacle), null);
        assertThat(jobs.get(job.id()).problem()).isEqualTo(obstacle);
        assertThat(claims.claim()).isEmpty();
        var other = backup(ORDERS, Priority.LOW);
        assertThat(claims.claim())
                .as("a postponed job holds no reservation")
                .map(Job::id)
                .contains(other.id());
        claims.end(jobs.get(other.id()), new Outcome.Cancelled(), null);
        var firstStart = jobs.get(job.id()).startedAt();
        clock.advance(Duration.ofSeconds(10));
        var again = claims.claim().orElseThrow();
        assertThat(again.id()).isEqualTo(job.id());
        assertThat(again.startedAt())
                .as("the deadline counts from the first start")
                .isEqualTo(firstStart);
        assertThat(again.attempt()).isEqualTo(1);
        assertThat(again.problem()).isNull();
    }

    @Test
    void endWhenPostponedAfterACancellationCancels() {
        backup(ORDERS, Priority.NORMAL);
        var job = claims.claim().orElseThrow();
        jobs.cancel(job.id());
        var obstacle = Problem.of(ProblemCode.SOURCE_LOCKED, "locked");
        claims.end(job, new Outcome.Postponed(clock.instant().plusSeconds(10), obstacle), null);
        assertThat(jobs.get(job.id()).state()).isEqualTo(JobState.CANCELLED);
        assertThat(claims.claim()).isEmpty();
    }

    @Test
    void endWhenTheJobWasTakenOverChangesNothing() {
        var job = claimed(backup(ORDERS, Priority.NORMAL));
        var survivor = process();
        clock.advance(settings.lease().plusMillis(1));
        assertThat(survivor.recover(true)).extracting(Job::id).containsExactly(job.id());
        var taken = survivor.claim().orElseThrow();
        assertThat(taken.attempt()).isEqualTo(2);
        assertThat(claims.end(job, new Outcome.Succeeded(Map.of()), null)).isFalse();
        assertThat(claims.renew(job)).isFalse();
        claims.progress(job, "LATE", null);
        assertThat(jobs.get(job.id())).isEqualTo(taken);
        assertThat(survivor.end(taken, new Outcome.Succeeded(Map.of()), null)).isTrue();
    }

    @Test
    void recoverWhenTheLeaseIsAliveLeavesTheJob() {
        var job = claimed(backup(ORDERS, Priority.NORMAL));
        var other = process();
        clock.advance(settings.lease().minusMillis(1));
        assertThat(claims.renew(job)).isTrue();
        clock.advance(settings.lease().minusMillis(1));
        assertThat(other.recover(true)).isEmpty();
        assertThat(claims.recover(false)).as("its own jobs").isEmpty();
        assertThat(other.recover(false)).extracting(Job::state).containsExactly(JobState.QUEUED);
    }

    @Test
    void recoverWhenItHasDiedOftenEnoughFailsAndFreesTheDatabase() {
        var job = backup(ORDERS, Priority.NORMAL);
        for (int attempt = 1; attempt <= JobClaims.MAX_ATTEMPTS; attempt++) {
            assertThat(process().claim().orElseThrow().attempt()).isEqualTo(attempt);
            process().recover(false);
        }
        assertThat(jobs.get(job.id()).state()).isEqualTo(JobState.FAILED);
        assertThat(jobs.get(job.id()).problem().code()).isEqualTo(ProblemCode.INTERRUPTED);
        var next = backup(ORDERS, Priority.NORMAL);
        assertThat(claims.claim()).map(Job::id).contains(next.id());
    }

    @Test
    void recoverWhenCancellationWasAskedForCancels() {
        var job = claimed(backup(ORDERS, Priority.NORMAL));
        jobs.cancel(job.id());
        assertThat(process().recover(false)).extracting(Job::state).containsExactly(JobState.CANCELLED);
    }

    @Test
    void cancelWhenQueuedEndsAtOnceAndWhenRunningAsks() {
        var heard = new ArrayList<UUID>();
        feed.onChange(heard::add);
        var running = claimed(backup(ORDERS, Priority.NORMAL));
        var queued = backup(USERS, Priority.NORMAL);
        assertThat(jobs.cancel(queued.id()).state()).isEqualTo(JobState.CANCELLED);
        assertThat(jobs.get(queued.id()).finishedAt()).isEqualTo(clock.instant());
        assertThat(claims.claim()).isEmpty();
        assertThat(jobs.cancel(running.id()).state()).isEqualTo(JobState.RUNNING);
        assertThat(jobs.get(running.id()).cancelRequested()).isTrue();
        assertThat(heard.getLast()).isEqualTo(running.id());
        assertThatProblem(ProblemCode.JOB_FINISHED).isThrownBy(() -> jobs.cancel(queued.id()));
        assertThatProblem(ProblemCode.JOB_NOT_FOUND).isThrownBy(() -> jobs.cancel(UUID.randomUUID()));
    }

    @Test
    void submitWhenTheKeyIsKnownAnswersWithTheSameJob() {
        var first = jobs.submit(new Submission(spec(ORDERS), List.of("orders"), Priority.NORMAL, "key", "print"));
        var again = jobs.submit(new Submission(spec(ORDERS), List.of("orders"), Priority.NORMAL, "key", "print"));
        assertThat(again).isEqualTo(first);
        assertThatExceptionOfType(IdempotencyMismatchException.class)
                .isThrownBy(() -> jobs.submit(
                        new Submission(spec(ORDERS), List.of("orders"), Priority.NORMAL, "key", "another")));
        assertThat(jobs.list(new JobFilter(null, null, null), null, 10).items()).hasSize(1);
    }

    @Test
    void forgetDeletesOnlyJobsThatEndedLongAgo() {
        var old = claimed(backup(ORDERS, Priority.NORMAL));
        claims.end(old, new Outcome.Succeeded(Map.of()), null);
        var waiting = backup(ORDERS, Priority.NORMAL);
        clock.advance(Duration.ofDays(90));
        assertThat(jobs.forget(settings.keep())).isZero();
        clock.advance(Duration.ofMillis(1));
        assertThat(jobs.forget(settings.keep())).isEqualTo(1);
        assertThatProblem(ProblemCode.JOB_NOT_FOUND).isThrownBy(() -> jobs.get(old.id()));
        assertThat(jobs.get(waiting.id()).state()).isEqualTo(JobState.QUEUED);
    }

    @Test
    void progressIsSeenByReadersAndByTheFeed() {
        var job = claimed(backup(ORDERS, Priority.NORMAL));
        var progress = Progress.of(50, 200, 4096, Duration.ofSeconds(1).toNanos());
        claims.progress(job, "CAPTURING", progress);
        assertThat(jobs.get(job.id()).phase()).isEqualTo("CAPTURING");
        assertThat(jobs.get(job.id()).progress()).isEqualTo(progress);
        assertThat(progress.percent()).isEqualTo(25.0);
        assertThat(progress.bytesPerSecond()).isEqualTo(50 * 4096);
        assertThat(progress.etaSeconds()).isEqualTo(3);
    }

    private Job claimed(Job job) {
        var claimed = claims.claim().orElseThrow();
        assertThat(claimed.id()).isEqualTo(job.id());
        return claimed;
    }

    private Job backup(UUID databaseId, Priority priority) {
        return submit(spec(databaseId), priority);
    }

    private Job group(Priority priority, UUID... databaseIds) {
        return submit(groupSpec(databaseIds), priority);
    }

    private JobSpec groupSpec(UUID... databaseIds) {
        var members = Stream.of(databaseIds)
                .map(id -> new GroupPlan.Member(id, TimeOrderedId.next(clock)))
                .toList();
        var plan = new GroupPlan(UUID.randomUUID(), members, Map.of("a", "b"), 0);
        return new JobSpec.GroupBackup(plan, VerifyLevel.NONE, DEADLINE);
    }

    private Job check() {
        return check(Priority.NORMAL);
    }

    private Job check(Priority priority) {
        return submit(new JobSpec.Check(UUID.randomUUID(), CheckLevel.FULL, null, DEADLINE), priority);
    }

    private Job submit(JobSpec spec, Priority priority) {
        return jobs.submit(new Submission(spec, List.of("orders"), priority, null, null));
    }

    private JobSpec spec(UUID databaseId) {
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.ONLINE, Map.of("a", "b"), 0);
        return new JobSpec.Backup(databaseId, plan, VerifyLevel.FULL, DEADLINE);
    }
}
