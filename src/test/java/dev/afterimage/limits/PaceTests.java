package dev.afterimage.limits;

import static dev.afterimage.problem.ProblemAssertions.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.problem.ProblemCode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class PaceTests {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Pace.Watch watch = new Pace(DataSize.ofBytes(1_000), Duration.ofSeconds(10)).watch();

    @Test
    void movedWhenClientIsTooSlowForAsLongAsPatienceLastsEndsIt() {
        watch.moved(1, 9 * SECOND);
        assertThatThrownBy(() -> watch.moved(9_998, SECOND))
                .satisfies(problem(ProblemCode.REQUEST_TOO_SLOW))
                .hasMessageContaining("9999 bytes")
                .hasMessageContaining("10000 ms");
    }

    @Test
    void movedWhenClientIsFastEnoughGoesOn() {
        for (int i = 0; i < 100; i++) {
            watch.moved(10_000, 10 * SECOND);
        }
    }

    @Test
    void movedWhenOneWriteTookLongerThanPatienceCountsAllOfIt() {
        assertThatThrownBy(() -> watch.moved(19_999, 20 * SECOND)).satisfies(problem(ProblemCode.REQUEST_TOO_SLOW));
    }

    @Test
    void movedWhenClientWasFastBeforeDoesNotLiveOnThat() {
        watch.moved(1_000_000, 10 * SECOND);
        assertThatThrownBy(() -> watch.moved(1, 10 * SECOND)).satisfies(problem(ProblemCode.REQUEST_TOO_SLOW));
    }

    @Test
    void streamsGiveAndTakeEveryByteAsItIs() throws IOException {
        var pace = new Pace(DataSize.ofBytes(1), Duration.ofMinutes(1));
        var bytes = new byte[100_001];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31);
        }
        var taken = new ByteArrayOutputStream();
        try (var out = pace.watched(taken)) {
            out.write(bytes, 0, bytes.length - 1);
            out.write(bytes[bytes.length - 1]);
        }
        assertThat(taken.toByteArray()).isEqualTo(bytes);
        try (var in = pace.watched(new ByteArrayInputStream(bytes))) {
            assertThat((byte) in.read()).isEqualTo(bytes[0]);
            assertThat(in.readAllBytes()).hasSize(bytes.length - 1).endsWith(bytes[bytes.length - 1]);
        }
    }

    /** A write ends only when all of it has gone, so that a large one would be looked at too late. */
    @Test
    void writeWhenItIsLargeGoesInStepsThatAreLookedAtOneByOne() throws IOException {
        var steps = new ArrayList<Integer>();
        var client = new OutputStream() {
            @Override
            public void write(int one) {
                steps.add(1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                steps.add(length);
            }
        };
        try (var out = new Pace(DataSize.ofBytes(1), Duration.ofMinutes(1)).watched(client)) {
            out.write(new byte[20_000]);
        }
        assertThat(steps).containsExactly(8_192, 8_192, 3_616);
    }

    @Test
    void readWhenTheServersOwnTimeoutComesFirstIsTooSlow() {
        var body = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException(new SocketTimeoutException());
            }
        };
        var watched = new Pace(DataSize.ofBytes(1), Duration.ofMinutes(1)).watched(body);
        assertThatThrownBy(watched::read).satisfies(problem(ProblemCode.REQUEST_TOO_SLOW));
        assertThatThrownBy(watched::readAllBytes).satisfies(problem(ProblemCode.REQUEST_TOO_SLOW));
    }
}
