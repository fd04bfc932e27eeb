package dev.afterimage.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TimeOrderedIdTests {

    @Test
    void nextWhenTheClockStandsStillStillGrows() {
        var clock = new TestClock();
        var previous = TimeOrderedId.next(clock).toString();
        var all = new HashSet<String>();
        for (int i = 0; i < 10_000; i++) {
            var id = TimeOrderedId.next(clock).toString();
            assertThat(id).isGreaterThan(previous);
            assertThat(all.add(id)).isTrue();
            previous = id;
        }
    }

    @Test
    void nextIsAVersion7UuidThatBeginsWithTheTime() {
        // Far ahead of any other id that this process has made, because ids never go back.
        var time = Instant.parse("2099-01-01T00:00:00.123456789Z");
        UUID id = TimeOrderedId.next(Clock.fixed(time, ZoneOffset.UTC));
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(time.toEpochMilli());
        assertThat(id.getMostSignificantBits() & 0xFFF).isEqualTo(456789L * 4096 / 1_000_000);
    }

    @Test
    void atSortsByTheMomentAlsoWhenItIsLongAgoAndIsAnotherIdEachTime() {
        var now = TimeOrderedId.next(Clock.systemUTC());
        var moment = Instant.parse("2020-02-29T00:00:00Z");
        var id = TimeOrderedId.at(moment);
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(moment.toEpochMilli());
        assertThat(id.toString())
                .isLessThan(now.toString())
                .isGreaterThan(TimeOrderedId.at(moment.minusMillis(1)).toString());
        assertThat(id).isNotEqualTo(TimeOrderedId.at(moment));
    }

    @Test
    void nextAfterAStartContinuesAboveTheIdsOfAProcessWhoseClockWasAhead() {
        var ahead = TimeOrderedId.at(Instant.parse("2097-01-01T00:00:00Z"));
        TimeOrderedId.continueAfter(ahead);
        assertThat(TimeOrderedId.next(Clock.systemUTC()).toString()).isGreaterThan(ahead.toString());
        TimeOrderedId.continueAfter(TimeOrderedId.at(Instant.EPOCH));
        assertThat(TimeOrderedId.next(Clock.systemUTC()).toString()).isGreaterThan(ahead.toString());
    }
}
