package dev.afterimage.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdsContinueTests {

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();

    @Test
    void takeMakesNewIdsGreaterThanWhatIsThere() {
        try (var catalog = new TestCatalog(dir.resolve("home"), dir, clock)) {
            new IdsContinue(catalog.catalog).take(); // of an empty catalog there is nothing to continue
            var ahead = TimeOrderedId.at(Instant.parse("2098-01-01T00:00:00Z")).toString();
            insertJob(catalog, ahead);
            new IdsContinue(catalog.catalog).take();
            assertThat(TimeOrderedId.next(clock).toString()).isGreaterThan(ahead);
        }
    }

    @Test
    void takeWhenAnIdThatIsThereIsNoMomentContinuesAfterTheGreatestThatIsOne() {
        try (var catalog = new TestCatalog(dir.resolve("home"), dir, clock)) {
            insertJob(catalog, "f3f075ac-9ea4-4000-8000-000000000000"); // random; as a moment: the year 10469
            insertJob(catalog, "ffffffff-ffff-7fff-bfff-ffffffffffff"); // after which there is none
            var ahead = TimeOrderedId.at(Instant.parse("2098-06-01T00:00:00Z")).toString();
            insertJob(catalog, ahead);
            new IdsContinue(catalog.catalog).take();
            assertThat(TimeOrderedId.next(clock).toString())
                    .isBetween(ahead, "03c3"); // not before, and in 2101 at the latest
        }
    }

    private static void insertJob(TestCatalog catalog, String id) {
        catalog.catalog.update("""
                        INSERT INTO job (id, kind, spec, node, state, priority, created_at, run_at, attempt, cancel_requested)
                        VALUES (:id, 'PRUNE', '{}', 'n', 'FAILED', 1, 0, 0, 1, 0)
                        """).param("id", id).update();
    }
}
