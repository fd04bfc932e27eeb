package dev.afterimage.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronTests {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    30 2 * * *        | 2026-03-01T02:30:00 | 2026-03-02T02:30:00
                    */15 * * * *      | 2026-03-01T02:30:00 | 2026-03-01T02:45:00
                    0 9 * * MON-FRI   | 2026-03-06T09:00:00 | 2026-03-09T09:00:00
                    0 0 1 * ?         | 2026-03-01T00:00:00 | 2026-04-01T00:00:00
                    0 0 * * 0         | 2026-03-02T00:00:00 | 2026-03-08T00:00:00
                    20 30 2 * * *     | 2026-03-01T02:30:00 | 2026-03-01T02:30:20
                    0 0 2 13 * FRI    | 2026-04-01T00:00:00 | 2026-11-13T02:00:00
                    @hourly           | 2026-03-01T02:30:00 | 2026-03-01T03:00:00
                    @daily            | 2026-03-01T02:30:00 | 2026-03-02T00:00:00
                    @midnight         | 2026-03-01T02:30:00 | 2026-03-02T00:00:00
                    @weekly           | 2026-03-02T00:00:00 | 2026-03-08T00:00:00
                    @monthly          | 2026-03-01T00:00:00 | 2026-04-01T00:00:00
                    @yearly           | 2026-03-01T00:00:00 | 2027-01-01T00:00:00
                    0 0 29 2 *        | 2026-03-01T00:00:00 | 2028-02-29T00:00:00
                    """)
    void nextIsTheFirstTimeAfterAnother(String text, LocalDateTime after, LocalDateTime next) {
        assertThat(Cron.parse(text).next(after)).contains(next);
    }

    @ParameterizedTest
    @ValueSource(strings = {"* * * *", "* * * * * * *", ""})
    void parseWhenFieldsAreMissingOrTooManyTellsTheirNumber(String text) {
        assertThatThrownBy(() -> Cron.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"60 * * * *", "0 24 * * *", "0 0 32 * *", "0 0 * 13 *", "a * * * *", "@often", "5-1 * * * *"})
    void parseWhenAFieldIsWrongSaysThatItIsNoCronExpression(String text) {
        assertThatThrownBy(() -> Cron.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("is not a cron expression: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0 0 30 2 *", "0 0 0 31 4 ?"})
    void parseWhenTheTimeNeverComesIsRefused(String text) {
        assertThatThrownBy(() -> Cron.parse(text)).hasMessage("must be a time that comes");
    }

    /** In Unix this is the 13th and every Friday; six fields mean Fridays that are a 13th. Nobody shall guess. */
    @ParameterizedTest
    @ValueSource(strings = {"0 2 13 * FRI", "0 2 1 * 1"})
    void parseWhenFiveFieldsHaveBothDaysIsRefused(String text) {
        assertThatThrownBy(() -> Cron.parse(text)).hasMessageContaining("both day of month and day of week");
    }
}
