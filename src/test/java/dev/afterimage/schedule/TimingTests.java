package dev.afterimage.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimingTests {

    private static final UUID DATABASE = UUID.fromString("0197d0c2-5a00-7000-8000-00000000000a");

    /** In Berlin, clocks go from 02:00 to 03:00 on 2026-03-29 at 01:00Z, and from 03:00 to 02:00 on 2026-10-25 at 01:00Z. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    UTC           | 30 2 * * *   | 2026-03-28T12:00:00Z | 2026-03-29T02:30:00Z 2026-03-30T02:30:00Z
                    Europe/Berlin | 30 2 * * *   | 2026-03-27T12:00:00Z | 2026-03-28T01:30:00Z 2026-03-29T01:30:00Z 2026-03-30T00:30:00Z
                    Europe/Berlin | 30 2 * * *   | 2026-10-23T12:00:00Z | 2026-10-24T00:30:00Z 2026-10-25T00:30:00Z 2026-10-26T01:30:00Z
                    Europe/Berlin | 30 2 * * *   | 2026-10-25T00:45:00Z | 2026-10-26T01:30:00Z
                    Europe/Berlin | 30 2 * * *   | 2026-10-25T01:15:00Z | 2026-10-26T01:30:00Z
                    Europe/Berlin | 15 2,3 * * * | 2026-03-29T00:00:00Z | 2026-03-29T01:15:00Z 2026-03-30T00:15:00Z
                    Europe/Berlin | 15 2,3 * * * | 2026-10-24T23:00:00Z | 2026-10-25T00:15:00Z 2026-10-25T02:15:00Z
                    Europe/Berlin | 30 * * * *   | 2026-03-29T00:00:00Z | 2026-03-29T00:30:00Z 2026-03-29T01:30:00Z 2026-03-29T02:30:00Z
                    Europe/Berlin | 30 * * * *   | 2026-10-25T00:00:00Z | 2026-10-25T00:30:00Z 2026-10-25T01:30:00Z 2026-10-25T02:30:00Z
                    Europe/Berlin | 0 * * * *    | 2026-10-25T00:00:00Z | 2026-10-25T01:00:00Z 2026-10-25T02:00:00Z
                    Europe/Berlin | @hourly      | 2026-10-25T00:00:00Z | 2026-10-25T01:00:00Z 2026-10-25T02:00:00Z
                    Europe/Berlin | @yearly      | 2026-01-15T00:00:00Z | 2026-12-31T23:00:00Z
                    Europe/Berlin | 0 * 1 1 *    | 2026-01-15T00:00:00Z | 2026-12-31T23:00:00Z 2027-01-01T00:00:00Z
                    Europe/Berlin | 0 */1 * * *  | 2026-10-25T00:00:00Z | 2026-10-25T01:00:00Z 2026-10-25T02:00:00Z
                    Europe/Berlin | 30 */2 * * * | 2026-03-29T00:00:00Z | 2026-03-29T01:30:00Z 2026-03-29T02:30:00Z
                    Europe/Berlin | 30 */2 * * * | 2026-10-24T23:00:00Z | 2026-10-25T00:30:00Z 2026-10-25T03:30:00Z
                    # where the hour from midnight on is skipped
                    Africa/Cairo  | 0 */24 * * * | 2026-04-22T12:00:00Z | 2026-04-22T22:00:00Z 2026-04-23T22:00:00Z 2026-04-24T21:00:00Z
                    Africa/Cairo  | 30 */12 * * * | 2026-04-23T12:00:00Z | 2026-04-23T22:30:00Z 2026-04-24T09:30:00Z
                    Europe/Berlin | */20 * * * * | 2026-10-25T00:30:00Z | 2026-10-25T00:40:00Z 2026-10-25T01:00:00Z 2026-10-25T01:20:00Z
                    """)
    void nextAfterGoesThroughDaysWithAndWithoutAnHourMoreOrLess(
            String zone, String cron, Instant from, String expected) {
        var timing = timing(cron, zone, Duration.ZERO);
        var due = new ArrayList<Instant>();
        for (var ignored : expected.split(" ")) {
            due.add(timing.nextAfter(due.isEmpty() ? from : due.getLast(), DATABASE)
                    .orElseThrow());
        }
        assertThat(due)
                .isEqualTo(List.of(expected.split(" ")).stream()
                        .map(Instant::parse)
                        .toList());
    }

    @Test
    void nextAfterWithJitterIsAlwaysTheSameTimeLater() {
        var from = Instant.parse("2026-03-01T12:00:00Z");
        var seen = new HashSet<Duration>();
        for (int i = 0; i < 100; i++) {
            var database = UUID.randomUUID();
            var timing = timing("@daily", "UTC", Duration.ofMinutes(10));
            var due = timing.nextAfter(from, database).orElseThrow();
            var delay = Duration.between(Instant.parse("2026-03-02T00:00:00Z"), due);
            assertThat(delay).isBetween(Duration.ZERO, Duration.ofMinutes(10).minusMillis(1));
            assertThat(timing.nextAfter(due, database)).contains(due.plus(Duration.ofDays(1)));
            assertThat(timing.nextAfter(due.minusMillis(1), database)).contains(due);
            seen.add(delay);
        }
        assertThat(seen).hasSizeGreaterThan(90);
    }

    @Test
    void nextAfterWhenPausedIsNever() {
        var timing = new Timing(Cron.parse("@daily"), ZoneId.of("UTC"), Duration.ZERO, true);
        assertThat(timing.nextAfter(Instant.parse("2026-03-01T12:00:00Z"), DATABASE))
                .isEmpty();
    }

    private static Timing timing(String cron, String zone, Duration jitter) {
        return new Timing(Cron.parse(cron), ZoneId.of(zone), jitter, false);
    }
}
