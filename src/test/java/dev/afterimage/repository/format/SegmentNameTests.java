package dev.afterimage.repository.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SegmentNameTests {

    private static final UUID DATABASE = UUID.fromString("00000000-0000-0000-0000-0000000000d1");
    private static final UUID CHAIN = UUID.fromString("00000000-0000-0000-0000-0000000000c1");
    private static final UUID OTHER = UUID.fromString("00000000-0000-0000-0000-0000000000c2");

    private static SegmentName of(long first, long last) {
        return new SegmentName(CHAIN, first, last);
    }

    @Test
    void keyHasTheChainAndBothCommitsAndIsReadBack() {
        var key = ObjectKeys.segment(DATABASE, of(10, 255));

        assertThat(key).isEqualTo("log/%s/%s/000000000000000a-00000000000000ff".formatted(DATABASE, CHAIN));
        assertThat(ObjectKeys.segment(DATABASE, key)).contains(of(10, 255));
    }

    @Test
    void keyWhenItIsNoneOfASegmentHasNoName() {
        var chain = "log/%s/%s/".formatted(DATABASE, CHAIN);
        assertThat(List.of(
                        chain + "000000000000000a",
                        chain + "000000000000000a-0000000000000009",
                        chain + "0000000000000000-0000000000000009",
                        chain + "000000000000000a-00000000000000FF",
                        chain + "800000000000000a-800000000000000b",
                        chain + "000000000000000a-00000000000000ff.tmp",
                        "log/%s/x/000000000000000a-00000000000000ff".formatted(DATABASE)))
                .allSatisfy(key -> assertThat(ObjectKeys.segment(DATABASE, key)).isEmpty());
    }

    @Test
    void ofCommitsThatAreNoneIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> of(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> of(5, 4));
    }

    @Test
    void currentLeavesOutWhoseCommitsAnotherHas() {
        var other = new SegmentName(OTHER, 3, 4);
        assertThat(SegmentName.current(
                        List.of(of(1, 2), of(3, 4), of(5, 6), of(3, 8), of(7, 8), of(9, 10), of(3, 6), other)))
                .containsExactly(of(1, 2), of(3, 8), other, of(9, 10));
    }

    @Test
    void currentWhenTwoHaveSomeCommitsInCommonHasBoth() {
        assertThat(SegmentName.current(List.of(of(3, 8), of(1, 5)))).containsExactly(of(1, 5), of(3, 8));
    }

    @Test
    void coverWhenACommitIsMissingIsNot() {
        assertThat(SegmentName.cover(List.of(of(4, 6), of(1, 3)), of(2, 5))).isTrue();
        assertThat(SegmentName.cover(List.of(of(1, 10), of(3, 4)), of(2, 9))).isTrue();
        assertThat(SegmentName.cover(List.of(of(1, 3), of(5, 6)), of(2, 5))).isFalse();
        assertThat(SegmentName.cover(List.of(of(1, 3)), of(2, 4))).isFalse();
        assertThat(SegmentName.cover(List.of(new SegmentName(OTHER, 1, 9)), of(2, 4)))
                .isFalse();
    }
}
