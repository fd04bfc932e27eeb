package dev.afterimage.jobs.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.recovery.RebuildOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobAgesTests {

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestCatalog catalog;
    private TestJobs queue;
    private JobAges ages;

    @BeforeEach
    void openCatalog() {
        catalog = new TestCatalog(dir.resolve("home"), dir, clock);
        queue = new TestJobs(catalog, clock);
        ages = new JobAges(catalog.catalog, clock);
    }

    @AfterEach
    void closeCatalog() {
        catalog.close();
    }

    @Test
    void agesWhenThereIsNoJobAreZero() {
        assertAges(Duration.ZERO, Duration.ZERO);
    }

    @Test
    void agesAreThoseOfTheOldestJobs() {
        submit();
        clock.advance(Duration.ofMinutes(5));
        submit();
        clock.advance(Duration.ofMinutes(1));
        assertAges(Duration.ofMinutes(6), Duration.ZERO);

        var first = queue.begin();
        clock.advance(Duration.ofMinutes(2));
        assertAges(Duration.ofMinutes(3), Duration.ofMinutes(2));

        queue.succeed(first);
        assertAges(Duration.ofMinutes(3), Duration.ZERO);
    }

    @Test
    void oldestWaitingWhenTheJobWasPostponedCountsFromWhenItIsDueAgain() {
        submit();
        queue.postpone(queue.begin(), Duration.ofSeconds(10));
        clock.advance(Duration.ofSeconds(5));
        assertAges(Duration.ZERO, Duration.ZERO);

        clock.advance(Duration.ofSeconds(6));
        assertAges(Duration.ofSeconds(1), Duration.ZERO);
    }

    private void submit() {
        var spec = new JobSpec.Rebuild(RebuildOrder.WITHOUT_TOKENS, Duration.ofMinutes(30));
        queue.jobs.submit(new Submission(spec, List.of(), Priority.NORMAL, null, null));
    }

    private void assertAges(Duration waiting, Duration running) {
        assertThat(ages.oldestWaiting()).isEqualTo(waiting);
        assertThat(ages.oldestRunning()).isEqualTo(running);
    }
}
