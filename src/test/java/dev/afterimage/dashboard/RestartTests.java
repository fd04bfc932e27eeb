package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.AriaRole;
import dev.afterimage.api.Http;
import dev.afterimage.service.ServiceProcess;
import dev.afterimage.service.ServiceSetup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service goes away below an open page, and comes again. */
class RestartTests extends DashboardTest {

    @TempDir
    private Path directory;

    private ServiceSetup setup;

    /** On the port on which it was before. */
    private ServiceProcess restart() throws Exception {
        return setup.with("--server.port=" + http.port()).start();
    }

    private ServiceProcess start() throws Exception {
        setup = new ServiceSetup(directory.resolve("home"), ROOT, List.of(), List.of());
        var service = setup.start();
        http = Http.admin(service.address().getPort(), setup.home());
        return service;
    }

    @Test
    void pageThatIsOpenSaysSoAsksLittleAndGoesOnWithItsSessionAndWhatWasTyped() throws Exception {
        var asked = new ArrayList<String>();
        page.onRequest(request -> asked.add(request.url()));
        page.clock().install();
        var other = page.context().newPage();
        try (var service = start()) {
            register(database(name));
            show("databases/" + name + "?tab=policy");
            page.locator(
                            ".card",
                            new com.microsoft.playwright.Page.LocatorOptions()
                                    .setHasText("No schedule: it is backed up only by hand"))
                    .getByRole(AriaRole.BUTTON)
                    .click();
            page.locator("dialog input[name=cron]").fill("7 3 * * *");
            other.navigate(address("databases"));
            assertThat(other.locator("main table")).containsText(name);
            service.kill();
        }

        other.getByText("Storage").first().click(); // its script was never loaded
        assertThat(other.getByText("The service does not answer")).isVisible();
        asked.clear();
        for (int second = 0; second < 600; second++) {
            page.clock().runFor(1_000);
        }
        assertThat(page.getByText("The service does not answer")).isVisible();
        assertThat(page.locator("main h1")).containsText(name);
        assertThat(asked).as("in ten minutes").hasSizeBetween(30, 150);

        try (var service = restart()) {
            snapshot(); // of which the page hears nothing
            page.clock().runFor(20_000);
            assertThat(page.locator(".strip")).isHidden();
            assertThat(page.locator("main h1")).containsText("Protected");

            assertThat(page.locator("dialog input[name=cron]")).hasValue("7 3 * * *");
            button("Save").click();
            assertThat(page.locator("main")).containsText("daily at 03:07");

            assertThat(other.locator("main h1")).containsText("of snapshots");
            assertThat(other.locator(".strip")).isHidden();

            // and by events again
            go("jobs?database=" + name);
            assertThat(page.locator("main table tbody tr")).hasCount(1);
            snapshot();
            page.clock().runFor(2_000);
            assertThat(page.locator("main table tbody tr")).hasCount(2);
        }
    }
}
