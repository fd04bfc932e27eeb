package dev.afterimage.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.retention.RepositoryGrowth.Counted;
import dev.afterimage.storage.StorageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the repository took from day to day, whatever the service and its clock went through. */
class RepositoryGrowthTests {

    private static final Duration DAY = Duration.ofDays(1);

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private RepositoryGrowth growth;

    @BeforeEach
    void openHome() {
        backups = new TestBackups(dir, clock);
        growth = afterAStart();
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private RepositoryGrowth afterAStart() {
        return new RepositoryGrowth(backups.catalog.catalog, backups.repository, clock);
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    private void countAfter(Duration passed) {
        clock.advance(passed);
        growth.count();
    }

    @Test
    void countTellsWhatIsThere() throws Exception {
        growth.count();
        assertThat(growth.days(1)).singleElement().satisfies(nothing -> {
            assertThat(nothing.snapshots()).isZero();
            assertThat(nothing.logicalBytes()).isZero();
            assertThat(nothing.databases()).isZero();
        });

        var orders = backups.database("orders", "CREATE TABLE t (a)", "INSERT INTO t VALUES (randomblob(100000))");
        var removed = backups.database("removed", "CREATE TABLE t (a)");
        var first = backups.run(orders);
        var second = backups.run(orders);
        backups.catalog.databases.remove(removed);
        growth.count();

        var counted = growth.latest().orElseThrow();
        assertThat(counted.day()).isEqualTo(today());
        assertThat(counted.countedAt()).isEqualTo(clock.instant());
        assertThat(counted.snapshots()).isEqualTo(2);
        assertThat(counted.databases()).isOne();
        assertThat(counted.logicalBytes())
                .isEqualTo(first.content().sizeBytes() + second.content().sizeBytes());
        assertThat(counted.bytes()).isEqualTo(backups.repository.usedBytes()).isGreaterThan(100_000);
        assertThat(counted.freeBytes()).isPositive();
        assertThat(growth.days(1)).containsExactly(counted);
    }

    @Test
    void countSeveralTimesADayLeavesARowWithTheLast() {
        IntStream.range(0, 35).forEach(hour -> countAfter(Duration.ofHours(1)));

        var days = growth.days(7);
        assertThat(days).map(Counted::day).containsExactly(today().minusDays(1), today());
        assertThat(days.getLast().countedAt()).isEqualTo(clock.instant());
        assertThat(days.getFirst().countedAt())
                .isEqualTo(today().atStartOfDay(ZoneOffset.UTC).minusHours(1).toInstant());
    }

    @Test
    void daysOnWhichTheServiceWasOffHaveNoRows() {
        growth.count();
        clock.advance(DAY.multipliedBy(5));

        var started = afterAStart();

        assertThat(started.latest().orElseThrow().day())
                .as("until it is counted")
                .isEqualTo(today().minusDays(5));
        started.count();
        assertThat(started.days(6)).map(Counted::day).containsExactly(today().minusDays(5), today());
        assertThat(started.days(5)).map(Counted::day).containsExactly(today());
        assertThat(started.latest().orElseThrow().day()).isEqualTo(today());
    }

    @Test
    void daysWhenTheClockWasAheadEndToday() {
        growth.count();
        countAfter(DAY.multipliedBy(30));
        countAfter(DAY.multipliedBy(-29));

        assertThat(growth.days(90)).map(Counted::day).containsExactly(today().minusDays(1), today());
        assertThat(afterAStart().latest().orElseThrow().day()).isEqualTo(today());
    }

    @Test
    void countWhenTheClockWentBackWithinTheDayTellsTheLaterCount() {
        countAfter(Duration.ofHours(5));
        countAfter(Duration.ofHours(-2));

        assertThat(growth.days(1))
                .singleElement()
                .satisfies(counted -> assertThat(counted.countedAt()).isEqualTo(clock.instant()));
    }

    @Test
    void countWhileTheRepositoryIsAwayLeavesWhatWasCounted() throws Exception {
        growth.count();
        var before = growth.latest().orElseThrow();
        var repository = backups.catalog.node.repositoryDirectory().orElseThrow();
        Files.move(repository, dir.resolve("unmounted"));
        clock.advance(DAY);

        assertThatExceptionOfType(StorageException.class).isThrownBy(growth::count);

        assertThat(growth.latest()).contains(before);
        assertThat(growth.days(2)).containsExactly(before);
        Files.move(dir.resolve("unmounted"), repository);
        growth.count();
        assertThat(growth.days(2)).map(Counted::day).containsExactly(today().minusDays(1), today());
    }

    @Test
    void rowsOfTwoYearsAreKept() {
        growth.count();
        var first = today();
        for (int day = 1; day < 2 * 366; day++) {
            countAfter(DAY);
        }
        assertThat(growth.days(10_000)).map(Counted::day).startsWith(first).hasSize(2 * 366);

        countAfter(DAY);

        assertThat(growth.days(10_000))
                .map(Counted::day)
                .startsWith(first.plusDays(1))
                .hasSize(2 * 366);
    }

    @Test
    void countWhileTheClockIsYearsAheadForgetsNothing() {
        growth.count();
        var first = today();
        countAfter(DAY.multipliedBy(10_000));
        countAfter(DAY.multipliedBy(-9_999));

        assertThat(growth.days(10)).map(Counted::day).containsExactly(first, first.plusDays(1));
    }

    @Test
    void latestBeforeTheFirstCountIsNotKnown() {
        assertThat(growth.latest()).isEmpty();
        assertThat(growth.days(1)).isEmpty();
    }
}
