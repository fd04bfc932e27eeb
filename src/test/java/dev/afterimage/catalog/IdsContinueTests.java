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
            catalog.catalog.update("""
                            INSERT INTO job (id, kind, spec, node, state, priority, created_at, run_at, attempt, cancel_requested)
                            VALUES (:id, 'PRUNE', '{}', 'n', 'FAILED', 1, 0, 0, 1, 0)
                            """).param("id", ahead).update();
            new IdsContinue(catalog.catalog).take();
            assertThat(TimeOrderedId.next(clock).toString()).isGreaterThan(ahead);
        }
    }
}
