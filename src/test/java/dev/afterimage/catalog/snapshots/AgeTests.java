package dev.afterimage.catalog.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgeTests {

    @ParameterizedTest
    @CsvSource({
        "90s, PT1M30S, 2026-03-31T11:58:30Z",
        "5m, PT5M, 2026-03-31T11:55:00Z",
        "36h, PT36H, 2026-03-30T00:00:00Z",
        "30d, P30D, 2026-03-01T13:00:00Z",
        "8w, P56D, 2026-02-03T13:00:00Z",
        "1y, P1Y, 2025-03-31T12:00:00Z",
        "P1M, P1M, 2026-02-28T13:00:00Z",
        "P1Y6M, P1Y6M, 2024-09-30T12:00:00Z",
        "PT36H, PT36H, 2026-03-30T00:00:00Z",
        "P1DT12H, P1DT12H, 2026-03-30T00:00:00Z",
        "P2W, P14D, 2026-03-17T13:00:00Z",
        "P1000Y, P1000Y, 1026-03-31T13:06:32Z",
    })
    void parseReadsWhatPeopleWrite(String text, String iso, Instant before) {
        var age = Age.parse(text);
        assertThat(age).hasToString(iso);
        assertThat(Age.parse(iso)).isEqualTo(age);
        assertThat(age.before(Instant.parse("2026-03-31T12:00:00Z"), ZoneId.of("Europe/Berlin")))
                .isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0d",
                "-1d",
                "1",
                "d",
                "1.5d",
                "1 d",
                "1mo",
                "P",
                "PT",
                "P1",
                "P0D",
                "P-1D",
                "P1D1Y",
                "PT1M1H",
                "P1YT",
                "1001y",
                "P12001M",
                "999999999y",
                "999999999w",
                "99999999999d",
                "PT999999999H"
            })
    void parseWhenItIsNoAgeAboveZeroIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Age.parse(text));
    }
}
