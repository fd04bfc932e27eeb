package dev.afterimage.jobs.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.recovery.RebuildOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How SQLite goes through the jobs: along one index that has the wanted order, and only as far as it must. */
class JobListTests {

    @TempDir
    Path dir;

    private TestCatalog catalog;

    @BeforeEach
    void openCatalog() {
        catalog = new TestCatalog(dir.resolve("home"), dir, new TestClock());
    }

    @AfterEach
    void closeCatalog() {
        catalog.close();
    }

    static Stream<Arguments> filtersAndTheirIndexes() {
        return Stream.of(
                Arguments.of(new JobFilter(null, null, null), "sqlite_autoindex_job_1"),
                Arguments.of(new JobFilter(null, JobKind.PRUNE, null), "job_by_kind "),
                Arguments.of(new JobFilter(null, null, JobState.FAILED), "job_by_state "),
                Arguments.of(new JobFilter(null, JobKind.PRUNE, JobState.FAILED), "job_by_kind_and_state "),
                Arguments.of(new JobFilter("orders", null, null), "job_database_by_name"),
                Arguments.of(new JobFilter("orders", JobKind.PRUNE, JobState.FAILED), "job_database_by_name"));
    }

    @ParameterizedTest
    @MethodSource("filtersAndTheirIndexes")
    void planWhateverTheFilterSortsNothing(JobFilter filter, String index) {
        assertThat(plan(new JobList(filter, null))).contains(index).doesNotContain("TEMP B-TREE");
        assertThat(plan(new JobList(filter, UUID.randomUUID())))
                .as("it begins at the place")
                .contains(index)
                .containsPattern("id<\\?")
                .doesNotContain("TEMP B-TREE");
    }

    /** Those that are wanted may be few, and old. */
    @Test
    void planWhenSeveralKindsOrStatesAreWantedLooksAtTheNewestOfEach() {
        var filter = new JobFilter(
                null,
                Set.of(JobKind.PRUNE, JobKind.DRILL),
                Set.of(JobState.FAILED, JobState.CANCELLED),
                Instant.EPOCH,
                null,
                VisibleDatabases.ALL);
        var plan = plan(new JobList(filter, UUID.randomUUID()));
        assertThat(plan)
                .as(plan)
                .contains("job_by_kind_and_state (kind=? AND state=? AND id>? AND id<?)")
                .contains("SEARCH job USING INDEX sqlite_autoindex_job_1 (id=?)")
                .doesNotContain("SCAN job");
    }

    /** All that are newer than what is wanted would be looked at. */
    @ParameterizedTest
    @MethodSource("filtersAndTheirIndexes")
    void planWhenAnEndIsGivenBeginsThere(JobFilter filter, String index) {
        var until = new JobFilter(
                filter.database(), filter.kinds(), filter.states(), null, Instant.EPOCH, VisibleDatabases.ALL);
        assertThat(plan(new JobList(until, null)))
                .contains(index)
                .containsPattern("(?<!late[^\\n]{0,99})id<\\?")
                .contains("late USING COVERING INDEX job_after_its_time")
                .doesNotContain("TEMP B-TREE");
    }

    @Test
    void listUntilATimeHasJobsThatWereMadeBeforeItAfterTheClockWentBack() {
        var clock = new TestClock();
        clock.advance(Duration.between(clock.instant(), Instant.now().plus(Duration.ofDays(1)))); // ids go on from now
        var jobs = new TestJobs(catalog, clock);
        var spec = new JobSpec.RepositoryCheck(1, Duration.ofMinutes(1));
        var first = job(jobs, spec, true);
        clock.advance(Duration.ofHours(2));
        var ahead = job(jobs, spec, true);
        clock.advance(Duration.ofHours(-1));
        var afterItWentBack = job(jobs, spec, true);
        var until = clock.instant().plus(Duration.ofMinutes(1));

        var filter = new JobFilter(null, Set.of(), Set.of(), null, until, VisibleDatabases.ALL);

        assertThat(listed(jobs, filter)).containsExactly(afterItWentBack, first).doesNotContain(ahead);
    }

    @Test
    void listWhenSeveralKindsOrStatesAreWantedHasThoseInTheirOrderPartByPart() {
        var clock = new TestClock();
        var jobs = new TestJobs(catalog, clock);
        var wanted = new ArrayList<UUID>();
        var begin = clock.instant();
        for (int round = 0; round < 4; round++) {
            clock.advance(Duration.ofMinutes(1));
            wanted.add(job(jobs, new JobSpec.RepositoryCheck(1, Duration.ofMinutes(1)), round % 2 == 0));
            job(jobs, new JobSpec.Rebuild(RebuildOrder.WITHOUT_TOKENS, Duration.ofMinutes(1)), true);
        }
        var filter = new JobFilter(
                null,
                Set.of(JobKind.REPOSITORY_CHECK, JobKind.PRUNE),
                Set.of(JobState.FAILED, JobState.SUCCEEDED),
                null,
                null,
                VisibleDatabases.ALL);

        assertThat(listed(jobs, filter)).isEqualTo(wanted.reversed());
        var between = new JobFilter(
                null,
                filter.kinds(),
                Set.of(),
                begin.plus(Duration.ofMinutes(2)),
                begin.plus(Duration.ofMinutes(4)),
                VisibleDatabases.ALL);
        assertThat(listed(jobs, between)).containsExactly(wanted.get(2), wanted.get(1));
    }

    private static UUID job(TestJobs jobs, JobSpec spec, boolean succeeds) {
        jobs.jobs.submit(new Submission(spec, List.of(), Priority.NORMAL, null, null));
        var job = jobs.begin();
        if (succeeds) {
            jobs.succeed(job);
        } else {
            jobs.fail(job);
        }
        return job.id();
    }

    private static List<UUID> listed(TestJobs jobs, JobFilter filter) {
        var all = new ArrayList<UUID>();
        var part = jobs.jobs.list(filter, null, 3);
        part.items().forEach(job -> all.add(job.id()));
        while (part.next() != null) {
            part = jobs.jobs.list(filter, part.next(), 3);
            part.items().forEach(job -> all.add(job.id()));
        }
        return all;
    }

    /** One who sees none of them would look at all jobs there are. */
    @Test
    void planForWhomOnlySomeDatabasesExistBeginsWithThese() {
        var filter = new JobFilter(null, null, null, new VisibleDatabases(List.of("orders", "team=stock")));
        var plan = plan(new JobList(filter, null));
        assertThat(plan)
                .as(plan)
                .contains("SEARCH job USING INDEX sqlite_autoindex_job_1 (id=?)")
                .contains("SEARCH job_database USING COVERING INDEX job_database_by_name (database_name=?)")
                .doesNotContain("SCAN job");
    }

    @Test
    void claimGoesAlongThoseThatWaitInTheirOrder() {
        var values = Map.of("now", 1, "latest", 2, "node", "n", "low", 0, "mostProofs", 1, "copies", false);
        assertThat(catalog.plan(JobClaims.DUE, values))
                .contains("candidate USING INDEX job_to_claim")
                .as("of those that wait for the same database none is looked at")
                .containsPattern("SEARCH theirs USING (COVERING )?INDEX reservation_held")
                .doesNotContain("TEMP B-TREE");
    }

    private String plan(JobList list) {
        var values = new HashMap<>(list.values());
        values.put("limit", 51);
        values.putIfAbsent("visible", "[\"orders\"]");
        return catalog.plan(list.sql(), values);
    }
}
