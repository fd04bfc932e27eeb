package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many layers snapshots have that are the last ones of a day, a week, a month. */
class SpanEndsTests {

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Database database;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        database = backups.database("orders", "CREATE TABLE t (v)", "INSERT INTO t VALUES (zeroblob(400000))");
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private void keep(@Nullable Integer daily, @Nullable Integer weekly, @Nullable Integer monthly, String zone) {
        var policy = new RetentionPolicy(
                null, null, daily, weekly, monthly, null, null, List.of(), null, null, ZoneId.of(zone));
        backups.catalog.policies.set(database.id(), policy);
    }

    private Snapshot backUpAt(String time) throws Exception {
        clock.advance(Duration.between(clock.instant(), Instant.parse(time)));
        TestBackups.execute(database.path(), "INSERT INTO t VALUES (hex(randomblob(3000)))");
        var snapshot = backups.run(database);
        assertThat(backups.content(snapshot)).isEqualTo(Files.readAllBytes(database.path()));
        return snapshot;
    }

    private int layersAt(String time) throws Exception {
        return backups.layers(backUpAt(time)).size();
    }

    @Test
    void runWhenItIsTheLastOfADayMergesThatDay() throws Exception {
        keep(7, null, null, "UTC");
        backUpAt("2026-03-02T20:00:00Z");
        backUpAt("2026-03-02T23:00:00Z");
        assertThat(layersAt("2026-03-03T18:00:00Z")).isEqualTo(3);
        assertThat(layersAt("2026-03-03T20:00:00Z")).isEqualTo(4);

        var last = backUpAt("2026-03-03T22:00:00Z");

        assertThat(backups.layers(last)).hasSize(4); // two of the day before, those of the day in one, its own
        assertThat(layersAt("2026-03-04T00:00:00Z")).isEqualTo(5);
    }

    @Test
    void runWhenTheNextBackupIsAMomentLateStillSeesTheEndOfTheDay() throws Exception {
        keep(7, null, null, "UTC");
        backUpAt("2026-03-02T23:30:00Z");
        backUpAt("2026-03-03T21:00:00Z");
        backUpAt("2026-03-03T22:00:01Z");

        assertThat(layersAt("2026-03-03T23:00:00Z")).isEqualTo(3);
    }

    @Test
    void runWhenDaysEndElsewhereGoesByThePolicysZone() throws Exception {
        keep(7, null, null, "America/New_York");
        backUpAt("2026-03-02T20:00:00Z");
        backUpAt("2026-03-02T21:00:00Z");
        backUpAt("2026-03-02T22:00:00Z");
        assertThat(layersAt("2026-03-02T23:00:00Z")).isEqualTo(4);
        backUpAt("2026-03-03T03:00:00Z");

        assertThat(layersAt("2026-03-03T04:00:00Z")).isEqualTo(3);
    }

    @Test
    void runWhenAMonthEndsWithinAWeekDoesNotReachBackOverIt() throws Exception {
        keep(7, 4, 12, "UTC");
        backUpAt("2026-03-29T23:00:00Z");
        backUpAt("2026-03-30T23:00:00Z");
        var month = backUpAt("2026-03-31T23:00:00Z");
        for (int day = 1; day <= 4; day++) {
            backUpAt("2026-04-0" + day + "T23:00:00Z");
        }

        var week = backups.layers(backUpAt("2026-04-05T23:00:00Z"));

        assertThat(backups.layers(month)).hasSize(3);
        assertThat(week).hasSize(5).startsWith(backups.layers(month).toArray(String[]::new));
    }

    @Test
    void runWhenTheDatabaseHasNoRuleOfSpansMergesNothing() throws Exception {
        backUpAt("2026-03-30T21:00:00Z");
        backUpAt("2026-03-31T21:00:00Z");
        backUpAt("2026-03-31T22:00:00Z");

        assertThat(layersAt("2026-03-31T23:00:00Z")).isEqualTo(4);
    }

    @Test
    void runWhenItIsTakenForSafetyMergesNothing() throws Exception {
        keep(7, null, null, "UTC");
        backUpAt("2026-03-30T21:00:00Z");
        backUpAt("2026-03-31T21:00:00Z");
        backUpAt("2026-03-31T22:00:00Z");
        clock.advance(Duration.ofHours(1));
        TestBackups.execute(database.path(), "INSERT INTO t VALUES (hex(randomblob(3000)))");

        assertThat(backups.layers(backups.safetySnapshot(database, UUID.randomUUID())))
                .hasSize(4);
    }

    @Test
    void runWhenGroupIsTheLastOfADayMergesThatDayOfEachDatabase() throws Exception {
        keep(7, null, null, "UTC");
        backUpAt("2026-03-30T23:00:00Z");
        backUpAt("2026-03-31T21:00:00Z");
        backUpAt("2026-03-31T22:00:00Z");
        clock.advance(Duration.ofHours(1));
        TestBackups.execute(database.path(), "INSERT INTO t VALUES (hex(randomblob(3000)))");
        var members = List.of(new GroupPlan.Member(database.id(), TimeOrderedId.next(clock)));

        var taken = backups.run(new GroupPlan(UUID.randomUUID(), members, Map.of(), 0));

        assertThat(backups.layers(taken.snapshots().getFirst())).hasSize(3);
    }
}
