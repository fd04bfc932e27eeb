package dev.afterimage.jobs.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many jobs callers may let wait: here three in all, two of each. */
class QueueRoomTests {

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestCatalog catalog;
    private Jobs jobs;

    @BeforeEach
    void openCatalog() {
        catalog = new TestCatalog(dir.resolve("home"), dir, clock);
        jobs = new Jobs(
                catalog.catalog, new JobFeed(), new RunningJobs(), catalog.node, new QueueSettings(3, 2), clock);
    }

    @AfterEach
    void closeCatalog() {
        catalog.close();
    }

    @Test
    void submitWhenCallerHasAllThatItMayIsRefusedUntilOneOfItsJobsWaitsNoMore() {
        var first = submit("a", null);
        submit("a", null);
        assertThatThrownBy(() -> submit("a", null))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.TOO_MANY_REQUESTS));
        jobs.cancel(first.id());
        submit("a", null);
    }

    @Test
    void submitWhenAllTogetherHaveAllIsRefused() {
        submit("a", null);
        submit("b", null);
        submit("c", null);
        assertThatThrownBy(() -> submit("d", null))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.SERVICE_BUSY));
        assertThat(jobs.count(JobKind.REPOSITORY_CHECK, JobState.QUEUED)).isEqualTo(3);
    }

    @Test
    void submitWhenTheSameCameBeforeAnswersWithItHoweverManyWait() {
        var first = submit("a", "key");
        submit("a", null);
        assertThat(submit("a", "key").id()).isEqualTo(first.id());
    }

    @Test
    void submitWhenTheServiceDoesSoByItselfIsNeitherCountedNorRefused() {
        for (int i = 0; i < 5; i++) {
            submit(null, null);
        }
        submit("a", null);
        submit("a", null);
        submit("b", null);
        submit(null, null);
    }

    /** The queue may be long, and this is asked with each job that comes. */
    @Test
    void requireLooksOnlyAtTheIndexOfThoseThatWait() {
        for (var sql : new String[] {QueueRoom.OF_CALLER, QueueRoom.OF_ALL}) {
            var plan = catalog.catalog
                    .query("EXPLAIN QUERY PLAN " + sql)
                    .param("submitter", "a")
                    .query((row, number) -> row.getString("detail"))
                    .list();
            assertThat(plan).singleElement().asString().contains("INDEX job_by_submitter (state=? AND submitter");
        }
    }

    private Job submit(@Nullable String submitter, @Nullable String key) {
        var spec = new JobSpec.RepositoryCheck(1, Duration.ofMinutes(5));
        return jobs.submit(new Submission(spec, List.of(), Priority.NORMAL, key, "print", submitter));
    }
}
