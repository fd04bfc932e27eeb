package dev.afterimage.jobs.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.databases.VisibleDatabases;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndedJobsTests {

    private final TestClock clock = new TestClock(); // 2026-03-01T12:00:00Z
    private final Instant noon = clock.instant();

    @TempDir
    Path dir;

    private TestCatalog catalog;
    private TestJobs jobs;
    private EndedJobs ended;

    @BeforeEach
    void open() {
        catalog = new TestCatalog(dir.resolve("home"), dir, clock);
        jobs = new TestJobs(catalog, clock);
        ended = new EndedJobs(catalog.catalog, catalog.databases, clock);
    }

    @AfterEach
    void close() {
        catalog.close();
    }

    @Test
    void lastCountsByHourKindAndState() {
        run("a");
        run("b");
        jobs.fail(begun("a"));
        clock.advance(Duration.ofMinutes(60));
        run("a");
        begun("b"); // goes on

        assertThat(ended.last(24, VisibleDatabases.ALL))
                .containsExactly(
                        count(0, JobState.FAILED, 1), count(0, JobState.SUCCEEDED, 2), count(1, JobState.SUCCEEDED, 1));
    }

    @Test
    void lastHasNothingOfHoursThatAreTooLongAgoAndKeepsThoseThatAreOver() {
        run("a");
        clock.advance(Duration.ofHours(1));
        run("a");
        clock.advance(Duration.ofHours(22));
        run("b");
        assertThat(ended.last(24, VisibleDatabases.ALL))
                .containsExactly(
                        count(0, JobState.SUCCEEDED, 1),
                        count(1, JobState.SUCCEEDED, 1),
                        count(23, JobState.SUCCEEDED, 1));

        clock.advance(Duration.ofHours(1));
        run("b");
        assertThat(ended.last(24, VisibleDatabases.ALL))
                .containsExactly(
                        count(1, JobState.SUCCEEDED, 1),
                        count(23, JobState.SUCCEEDED, 1),
                        count(24, JobState.SUCCEEDED, 1));
    }

    @Test
    void lastHasOnlyJobsOfDatabasesThatExistForTheOneWhoAsks() {
        catalog.databases.add("a", dir.resolve("a.db"), Map.of());
        catalog.databases.add("b", dir.resolve("b.db"), Map.of("team", "x"));
        run("a");
        run("b");
        run("b");
        clock.advance(Duration.ofHours(5));
        var labelled = new VisibleDatabases(List.of("team=x"));

        assertThat(ended.last(24, labelled)).containsExactly(count(0, JobState.SUCCEEDED, 2));
        assertThat(ended.last(24, VisibleDatabases.NONE)).isEmpty();

        catalog.databases.change("a", null, null, Map.of("team", "x"), Databases.NewDemands.NONE);
        assertThat(ended.last(24, labelled)).containsExactly(count(0, JobState.SUCCEEDED, 3));
    }

    private void run(String database) {
        jobs.succeed(begun(database));
    }

    private Job begun(String database) {
        var spec = new JobSpec.RepositoryCheck(1, Duration.ofMinutes(1));
        jobs.jobs.submit(new Submission(spec, List.of(database), Priority.NORMAL, null, null));
        return jobs.begin();
    }

    private EndedJobs.Count count(int hours, JobState state, long number) {
        return new EndedJobs.Count(noon.plus(Duration.ofHours(hours)), JobKind.REPOSITORY_CHECK, state, number);
    }
}
