package dev.afterimage.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetryTimesTests {

    @Test
    void afterTriesForAboutADay() {
        var total = IntStream.range(1, RetryTimes.MOST_ATTEMPTS)
                .mapToObj(attempts -> RetryTimes.after(attempts, 0.5).orElseThrow())
                .reduce(Duration.ZERO, Duration::plus);
        assertThat(total).isBetween(Duration.ofHours(20), Duration.ofHours(26));
        assertThat(RetryTimes.after(RetryTimes.MOST_ATTEMPTS, 0.5)).isEmpty();
    }

    @Test
    void afterWaitsLongerEachTimeAndNeverTheSame() {
        assertThat(RetryTimes.after(1, 0.5)).contains(Duration.ofSeconds(30));
        assertThat(RetryTimes.after(2, 0.5)).contains(Duration.ofSeconds(90));
        assertThat(RetryTimes.after(1, 0)).contains(Duration.ofSeconds(24));
        assertThat(RetryTimes.after(1, 1)).contains(Duration.ofSeconds(36));
        assertThat(RetryTimes.after(9, 0.5)).contains(Duration.ofHours(6));
    }
}
