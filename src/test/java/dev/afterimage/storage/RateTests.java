package dev.afterimage.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class RateTests {

    /** Passes only when somebody sleeps. */
    private static final class Passing implements Rate.Time {

        private long nanos = 17;

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public void sleep(long by) {
            nanos += by;
        }
    }

    private final Passing time = new Passing();
    private final Rate rate = new Rate(1000, time);

    private Duration taking(int times, long bytes) {
        long before = time.nanos;
        for (int i = 0; i < times; i++) {
            rate.take(bytes);
        }
        return Duration.ofNanos(time.nanos - before);
    }

    @Test
    void takeHoldsAllTogetherToTheRate() {
        assertThat(taking(1, 500)).isEqualTo(Duration.ofMillis(500));
        assertThat(taking(100, 30)).isEqualTo(Duration.ofSeconds(3));
        assertThat(taking(1, 10_000)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void takeAfterAPauseMakesUpForNothing() {
        taking(1, 500);
        time.nanos += Duration.ofHours(1).toNanos();

        assertThat(taking(4, 500)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void takeWhenItIsToStopWaitsNoLonger() {
        long before = time.nanos;

        assertThatThrownBy(() -> rate.take(100_000, () -> {
                    throw new CancellationException("stop");
                }))
                .isInstanceOf(CancellationException.class);

        assertThat(time.nanos).isEqualTo(before);
    }

    @Test
    void takeWhileAllAreToStopWaitsForNothing() {
        long before = time.nanos;
        rate.stop(true);
        assertThatThrownBy(() -> rate.take(100_000)).isInstanceOf(CancellationException.class);
        assertThat(time.nanos).isEqualTo(before);
    }

    @Test
    void takeWithoutALimitWaitsForNothing() {
        Rate.UNLIMITED.take(Long.MAX_VALUE);
        assertThat(Rate.UNLIMITED.isLimited()).isFalse();
    }
}
