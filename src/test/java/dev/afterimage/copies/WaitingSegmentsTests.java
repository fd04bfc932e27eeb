package dev.afterimage.copies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.TestSegments;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class WaitingSegmentsTests {

    private static final String COPY = "offsite";
    private static final UUID ORDERS = UUID.randomUUID();
    private static final UUID STOCK = UUID.randomUUID();
    private static final UUID CHAIN = UUID.randomUUID();

    private final WaitingSegments waiting = new WaitingSegments();

    private static SegmentName segment(long first) {
        return TestSegments.name(CHAIN, first);
    }

    @Test
    void addWhenNothingWaitsDoesNotWait() {
        assertThat(waiting.add(COPY, ORDERS, segment(1), 10)).isFalse();
        assertThat(waiting.isAny(COPY)).isFalse();
    }

    @Test
    void addWaitsWhileTheCopyIsAway() {
        waiting.failed(COPY, ORDERS, segment(1), 10);
        assertThat(waiting.add(COPY, STOCK, segment(1), 10)).isTrue();
        assertThat(waiting.add("disk", STOCK, segment(1), 10)).isFalse();
    }

    @Test
    void addWaitsForAnOlderOneOfItsDatabase() {
        waiting.failed(COPY, ORDERS, segment(3), 10);
        waiting.reached(COPY);
        assertThat(waiting.add(COPY, STOCK, segment(1), 10)).isFalse();
        assertThat(waiting.add(COPY, ORDERS, segment(5), 20)).isTrue();
        assertThat(waiting.take(COPY, ORDERS))
                .containsEntry(segment(3), 10L)
                .containsEntry(segment(5), 20L)
                .hasSize(2);
    }

    @Test
    void addWaitsWhileThoseBeforeAreCopied() {
        waiting.failed(COPY, ORDERS, segment(1), 10);
        waiting.reached(COPY);
        waiting.take(COPY, ORDERS);

        assertThat(waiting.add(COPY, ORDERS, segment(3), 10)).isTrue();

        assertThat(waiting.take(COPY, ORDERS)).containsOnlyKeys(segment(3));
        assertThat(waiting.take(COPY, ORDERS)).isEmpty();
        assertThat(waiting.add(COPY, ORDERS, segment(5), 10)).isFalse();
        assertThat(waiting.isAny(COPY)).isFalse();
    }

    @Test
    void takeAfterAFailureOfTheJobLeavesItToLists() {
        waiting.failed(COPY, ORDERS, segment(1), 10);
        waiting.reached(COPY);
        waiting.take(COPY, ORDERS);

        waiting.isUnknown(COPY, ORDERS);

        assertThat(waiting.isAny(COPY)).isTrue();
        assertThat(waiting.databases(COPY)).containsExactly(ORDERS);
        assertThat(waiting.isToList(COPY, ORDERS)).isTrue();
        assertThat(waiting.add(COPY, ORDERS, segment(3), 10)).isTrue();
        assertThat(waiting.take(COPY, ORDERS)).isEmpty();
        waiting.takeAll(COPY, ORDERS);
        assertThat(waiting.isAny(COPY)).isFalse();
        assertThat(waiting.add(COPY, ORDERS, segment(5), 10)).isFalse();
    }

    @Test
    void addWhenMoreWaitThanAreRememberedLeavesThatLogToLists() {
        waiting.failed(COPY, ORDERS, segment(1), 10);
        for (long first = 2; first <= 60_000; first++) {
            waiting.add(COPY, ORDERS, segment(first), 10);
        }
        waiting.add(COPY, STOCK, segment(1), 10);

        assertThat(waiting.isToList(COPY, ORDERS)).isTrue();
        assertThat(waiting.isToList(COPY, STOCK)).isFalse();
        assertThat(waiting.take(COPY, STOCK)).containsOnlyKeys(segment(1));
    }
}
