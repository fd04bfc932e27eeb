package dev.afterimage.limits;

import static dev.afterimage.problem.ProblemAssertions.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class PlacesTests {

    private final Places places = new Places("downloads", 3, 2);

    @Test
    void takeWhenCallerHasAllThatItMayIsRefusedUntilOneIsClosed() {
        var first = places.take("a");
        places.take("a");
        assertThatThrownBy(() -> places.take("a")).isInstanceOfSatisfying(ProblemException.class, e -> {
            assertThat(e.code()).isEqualTo(ProblemCode.TOO_MANY_REQUESTS);
            assertThat(e).hasMessageContaining("2 downloads");
        });
        first.close();
        places.take("a");
    }

    @Test
    void takeWhenAllTogetherHaveAllIsRefusedForEverybodyElse() {
        places.take("a");
        places.take("b");
        var third = places.take("c");
        assertThatThrownBy(() -> places.take("d"))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.SERVICE_BUSY));
        third.close();
        places.take("d");
    }

    @Test
    void closeWhenItIsRepeatedFreesNoPlaceOfOthers() {
        var first = places.take("a");
        places.take("a");
        first.close();
        first.close();
        places.take("a");
        assertThatThrownBy(() -> places.take("a")).satisfies(problem(ProblemCode.TOO_MANY_REQUESTS));
    }

    @Test
    void networkOfAnIpv6AddressIsWhatOneHostMayHave() {
        assertThat(Network.of("192.0.2.7")).isEqualTo("192.0.2.7");
        assertThat(Network.of("2001:db8:1:2:3:4:5:6"))
                .isEqualTo(Network.of("2001:db8:1:2::1"))
                .isNotEqualTo(Network.of("2001:db8:1:3::1"));
        assertThat(Network.of(InetAddress.ofLiteral("2001:db8:1:2::9"))).isEqualTo(Network.of("2001:db8:1:2::1"));
        assertThat(Network.of("what a proxy tells")).isEqualTo("what a proxy tells");
    }
}
