package dev.afterimage.repository.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseTests {

    private static final String TEXT = """
            {
            "format":1,
            "epoch":7,
            "home":"0197d0c2-5a00-7000-8000-000000000001",
            "run":"0197d0c2-5a00-7000-8000-000000000002",
            "host":"prod \\"1\\"",
            "since":"2026-03-01T02:03:04.567Z",
            "version":"0.1.0"
            }
            """;

    private final Lease lease = new Lease(
            7,
            new Lease.Holder(
                    UUID.fromString("0197d0c2-5a00-7000-8000-000000000001"),
                    UUID.fromString("0197d0c2-5a00-7000-8000-000000000002"),
                    "prod \"1\"",
                    Instant.parse("2026-03-01T02:03:04.567Z"),
                    "0.1.0"));

    @Test
    void bytesAreThoseOfTheDocument() {
        assertThat(lease.key()).isEqualTo("lease/000000000007");
        assertThat(lease.encode()).asString(StandardCharsets.UTF_8).isEqualTo(TEXT);
        assertThat(Lease.decode(7, TEXT.getBytes(StandardCharsets.UTF_8))).isEqualTo(lease);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no JSON",
                "{}",
                "{\"format\":1,\"epoch\":7}",
                "{\"format\":2,\"epoch\":7,\"home\":\"0197d0c2-5a00-7000-8000-000000000001\"}",
            })
    void decodeWhenItIsNoLeaseOfThisFormatKnowsTheEpochOnly(String text) {
        assertThat(Lease.decode(7, text.getBytes(StandardCharsets.UTF_8))).isEqualTo(new Lease(7, null));
    }

    @Test
    void decodeWhenItIsThatOfAnotherEpochKnowsTheEpochOnly() {
        assertThat(Lease.decode(8, TEXT.getBytes(StandardCharsets.UTF_8))).isEqualTo(new Lease(8, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lease/7", "lease/0000000000007", "lease/00000000000x", "lease/x/000000000007"})
    void epochWhenTheKeyIsThatOfSomethingElseIsNone(String key) {
        assertThat(Lease.epoch(key)).isEmpty();
    }
}
