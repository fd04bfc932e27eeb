package dev.afterimage.follow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundsTests {

    /** One exception or lack of memory must not end what is done for ever. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void workThatFailsIsDoneAgain(boolean isError) throws Exception {
        var rounds = new Rounds("test-", 1);
        var times = new AtomicInteger();
        var done = new CountDownLatch(1);
        rounds.in(0, () -> {
            if (times.incrementAndGet() == 1) {
                if (isError) {
                    throw new OutOfMemoryError("of this test");
                }
                throw new IllegalStateException("of this test");
            }
            done.countDown();
            return Rounds.NEVER;
        });
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(rounds.end(Duration.ofSeconds(5))).isTrue();
        assertThat(times).hasValue(2);
    }
}
