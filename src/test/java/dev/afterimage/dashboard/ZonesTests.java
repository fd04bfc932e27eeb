package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The schedule is in Berlin, whoever looks at it in New York, and the service keeps UTC. */
class ZonesTests extends DashboardTest {

    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final ZoneId NEW_YORK = ZoneId.of("America/New_York");

    /** @param here what the viewer's clocks say when those in Berlin say {@code there} */
    private record Run(LocalDate day, String there, String here) {

        /** Once a year, on that day. */
        String schedule() {
            return "{\"cron\": \"%s %s %d %d *\", \"zone\": \"%s\"}"
                    .formatted(
                            there.substring(3, 5),
                            there.substring(0, 2),
                            day.getDayOfMonth(),
                            day.getMonthValue(),
                            BERLIN);
        }
    }

    /** Clocks go back in Berlin a week before they do in New York. */
    @Test
    void nextRunIsToldByBothClocksBeforeBetweenAndAfterTheirChanges() throws Exception {
        var berlin = clocksGoBack(BERLIN);
        var newYork = clocksGoBack(NEW_YORK);
        var runs = List.of(
                new Run(berlin.minusDays(1), "12:00 CEST", "06:00 GMT-4"),
                new Run(berlin, "02:30 CEST", "20:30 GMT-4"), // of the two times at which it is half past two
                new Run(berlin.plusDays(1), "12:00 CET", "07:00 GMT-4"),
                new Run(newYork, "12:00 CET", "06:00 GMT-5"),
                new Run(newYork.plusDays(1), "12:00 CET", "06:00 GMT-5"));
        register(database(name));
        page = open(new NewContextOptions().setTimezoneId(NEW_YORK.getId()));
        show("databases/" + name + "?tab=policy");

        for (var run : runs) {
            var set = http.send("PUT", "/databases/" + name + "/schedule", run.schedule());
            assertThat(set.status()).as(set.text()).isEqualTo(200);
            page.reload();

            assertThat(times()).containsText(Pattern.compile(run.there() + " \\(.*" + run.here() + " here\\)"));
            assertThat(times())
                    .hasAttribute("title", Pattern.compile("^[-0-9]+ [:0-9]+ GMT-[45] · [-0-9]+ [:0-9]+ UTC$"));
        }
    }

    private Locator times() {
        return page.locator("main time", new com.microsoft.playwright.Page.LocatorOptions().setHasText("here"));
    }

    /** The next day on which they do. */
    private static LocalDate clocksGoBack(ZoneId zone) {
        var rules = zone.getRules();
        var change = rules.nextTransition(Instant.now());
        while (!change.isOverlap()) {
            change = rules.nextTransition(change.getInstant());
        }
        return change.getDateTimeBefore().toLocalDate();
    }

    @Test
    void overviewTellsNextRunsByTheClocksOfTheirSchedulesAndOfTheViewer() throws Exception {
        register(database(name));
        http.send("PUT", "/databases/" + name + "/schedule", "{\"cron\": \"* * * * *\", \"zone\": \"Asia/Kathmandu\"}");

        page = open(new NewContextOptions().setTimezoneId(NEW_YORK.getId()));
        show("");

        assertThat(times().first())
                .containsText(Pattern.compile("\\d\\d:\\d\\d GMT\\+5:45 \\(.*\\d\\d:\\d\\d GMT-[45] here\\)"));
        http.delete("/databases/" + name + "/schedule");
    }
}
