package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The time line of a database that an application writes to while it is followed. */
class TimeLineTests extends DashboardTest {

    private Connection application;

    @BeforeEach
    void follow() throws Exception {
        var file = database(name);
        register(file);
        application = open(file);
        http.send("PUT", "/databases/" + name + "/follow", "{\"interval\": \"100ms\", \"besideSource\": true}");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> http.get("/databases/" + name + "/timeline")
                        .json()
                        .get("reachable")
                        .path(0)
                        .path("first")
                        .has("commit"));
        for (int i = 0; i < 20; i++) {
            application.createStatement().execute("DELETE FROM item WHERE id = " + (i + 1));
        }
        application.createStatement().execute("DROP TABLE IF EXISTS carts");
        http.post("/databases/" + name + "/follow/flush", "");
    }

    @AfterEach
    void letGo() throws Exception {
        http.delete("/databases/" + name + "/follow");
        application.close();
    }

    private String told() {
        return line().getAttribute("aria-valuetext");
    }

    private Locator line() {
        return page.getByRole(AriaRole.SLIDER, new com.microsoft.playwright.Page.GetByRoleOptions().setName("Moment"));
    }

    @Test
    void momentIsPickedWithTheKeyboardAndCommitsAreTold() {
        show("databases/" + name);
        assertThat(page.locator(".commits").first()).isVisible();

        line().focus();
        page.keyboard().press("End");
        for (int i = 0; i < 200 && !told().matches(".* \\d+ commits? in .*"); i++) {
            page.keyboard().press("ArrowLeft"); // to where the application has written
        }
        assertThat(told()).matches(".* \\d+ commits? in .*");
        page.keyboard().press("End");
        page.keyboard().press("Shift+ArrowLeft");
        assertThat(line()).hasAttribute("aria-valuetext", java.util.regex.Pattern.compile(".*snapshot.*"));
        page.keyboard().press("Enter");

        assertThat(page.locator(".moment")).containsText("Snapshot of");
        assertThat(page.locator(".moment").getByText("Restore…")).isVisible();
    }

    @Test
    void momentIsPickedWithTheMouseAndItsCommitIsShownBeforeItIsRestored() {
        show("databases/" + name);
        assertThat(page.locator(".commits").first()).isVisible();
        var box = line().boundingBox();

        page.mouse().click(box.x + box.width - 1, box.y + 60);
        assertThat(page.locator(".moment")).containsText("Moment of");
        page.locator(".moment").getByText("Restore…").click();

        assertThat(page.getByRole(
                        AriaRole.HEADING,
                        new com.microsoft.playwright.Page.GetByRoleOptions()
                                .setName(java.util.regex.Pattern.compile("^Commit \\d+ of "))))
                .isVisible();
        button("◀ The commit before").click();
        assertThat(page.locator("main")).containsText("is not in it");
    }

    @Test
    void dragZooms() {
        show("databases/" + name);
        assertThat(page.locator(".commits").first()).isVisible();
        var box = line().boundingBox();

        page.mouse().move(box.x + box.width * 0.5, box.y + 60);
        page.mouse().down();
        page.mouse()
                .move(
                        box.x + box.width * 0.75,
                        box.y + 60,
                        new com.microsoft.playwright.Mouse.MoveOptions().setSteps(4));
        page.mouse().up();

        assertThat(page.getByRole(
                                AriaRole.GROUP,
                                new com.microsoft.playwright.Page.GetByRoleOptions().setName("Length of time"))
                        .locator("[aria-pressed=true]"))
                .hasCount(0);
    }
}
