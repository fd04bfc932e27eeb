package dev.afterimage.jobs.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.databases.VisibleDatabases;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
