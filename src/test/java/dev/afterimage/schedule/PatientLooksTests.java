package dev.afterimage.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class PatientLooksTests {

    private final CountDownLatch mountIsBack = new CountDownLatch(1);

    @Test
    void lookWhenFilesHangIsEmptyUntilOneComesBack() {
        var looks = new PatientLooks(Duration.ofMillis(50));
        assertThat(looks.look(() -> Optional.of("unchanged"))).contains("unchanged");
        for (int i = 0; i < PatientLooks.MOST_AT_ONCE; i++) {
            assertThat(looks.look(this::hang)).isEmpty();
        }
        assertThat(looks.look(() -> Optional.of("unchanged"))).isEmpty();
        mountIsBack.countDown();
        await().until(() -> looks.look(() -> Optional.of("unchanged")).isPresent());
    }

    private Optional<String> hang() {
        try {
            mountIsBack.await();
        } catch (InterruptedException e) {
            throw new AssertionError("a look was interrupted", e);
        }
        return Optional.of("too late");
    }
}
