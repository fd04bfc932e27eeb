package dev.afterimage.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GuardedEndpointTests {

    private static final int MOST = 1_000;

    @Test
    void isOneTooManyLeavesRoomForTheNextAddressHoweverManyTakeWhatTheyCan() {
        int open = 0;
        for (int address = 1; address <= 8; address++) {
            int own = 0;
            while (!GuardedEndpoint.isOneTooMany(own, open, 300, MOST)) {
                own++;
                open++;
            }
            assertThat(own).as("of address %d", address).isBetween(1, 300);
            assertThat(open).isLessThan(MOST);
        }
    }

    @Test
    void isOneTooManyOfOneAddressFromItsOwnLimitOn() {
        assertThat(GuardedEndpoint.isOneTooMany(299, 299, 300, MOST)).isFalse();
        assertThat(GuardedEndpoint.isOneTooMany(300, 300, 300, MOST)).isTrue();
        assertThat(GuardedEndpoint.isOneTooMany(500, 500, 600, MOST)).isTrue();
    }
}
