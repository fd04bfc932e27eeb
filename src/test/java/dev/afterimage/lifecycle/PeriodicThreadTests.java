package dev.afterimage.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PeriodicThreadTests {

    private static final Duration SHORT = Duration.ofMillis(1);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final PeriodicThread thread = new PeriodicThread("tested");

    @AfterEach
    void interruptThread() {
        thread.interrupt();
    }

    @Test
    void everyWhenTheWorkThrowsDoesItAgain() throws Exception {
        var times = new CountDownLatch(3);
        thread.every(SHORT, () -> {
            times.countDown();
            throw new IllegalStateException("it fails each time");
        });
        assertThat(times.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    /** As what looks at a mount that hangs. */
    @Test
    void everyWhenWorkOfAnotherThreadHangsIsDone() throws Exception {
        var hanging = new PeriodicThread("hanging");
        try {
            var hangs = new CountDownLatch(1);
            hanging.once(Duration.ZERO, () -> {
                hangs.countDown();
                awaitUninterrupted(new CountDownLatch(1));
            });
            hangs.await();
            var times = new CountDownLatch(3);
            thread.every(SHORT, times::countDown);
            assertThat(times.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } finally {
            hanging.interrupt();
        }
    }

    @Test
    void onceDoesItOnTheThreadOfThatName() throws Exception {
        var done = new CountDownLatch(1);
        thread.once(Duration.ZERO, () -> {
            if (Thread.currentThread().getName().equals("tested")
                    && Thread.currentThread().isDaemon()) {
                done.countDown();
            }
        });
        assertThat(done.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void endWaitsForWhatIsBeingDone() throws Exception {
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        thread.every(SHORT, () -> {
            begun.countDown();
            awaitUninterrupted(goOn);
        });
        begun.await();

        assertThat(thread.end(Duration.ofMillis(10))).isFalse();
        goOn.countDown();
        assertThat(thread.end(PATIENCE)).isTrue();
    }

    /** As by what is being done when it is stopped. */
    @Test
    void onceWhenItWasStoppedDoesNothing() {
        thread.interrupt();
        var done = new CountDownLatch(1);
        thread.once(Duration.ZERO, done::countDown);
        assertThat(thread.end(PATIENCE)).isTrue();
        assertThat(done.getCount()).isEqualTo(1);
    }

    @Test
    void interruptEndsWhatIsBeingDone() throws Exception {
        var begun = new CountDownLatch(1);
        thread.every(SHORT, () -> {
            begun.countDown();
            awaitUninterrupted(new CountDownLatch(1));
        });
        begun.await();

        thread.interrupt();
        assertThat(thread.end(PATIENCE)).isTrue();
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
