package dev.afterimage.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GuardedEndpointTests {

    private static final int MOST = 1_000;

    @Test
    void isOneTooManyLeavesRoomForOthersHoweverManyTakeWhatTheyCan() {
        int open = 0;
        for (int address = 1; address <= 90; address++) {
            int own = 0;
            while (!GuardedEndpoint.isOneTooMany(own, open, 400, MOST)) {
                own++;
                open++;
            }
            assertThat(own).as("of address %d", address).isBetween(1, 400);
            assertThat(open).isLessThan(MOST);
        }
    }

    @Test
    void isOneTooManyOfOneAddressFromItsOwnLimitOn() {
        assertThat(GuardedEndpoint.isOneTooMany(399, 399, 400, MOST)).isFalse();
        assertThat(GuardedEndpoint.isOneTooMany(400, 400, 400, MOST)).isTrue();
        assertThat(GuardedEndpoint.isOneTooMany(500, 500, 600, MOST)).isTrue();
    }
}
