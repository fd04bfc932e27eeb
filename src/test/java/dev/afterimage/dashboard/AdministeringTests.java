package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import org.junit.jupiter.api.Test;

/** What whoever runs the service does now and then. */
class AdministeringTests extends DashboardTest {

    @Test
    void databaseIsProtectedByItsPathAlone() throws Exception {
        var file = database(name);
        show("start");

        page.getByLabel("File").fill(file.toString());
        assertThat(page.locator("input[name=name]")).hasValue(name);
        page.getByLabel("Back up all databases hourly").uncheck(); // it would hold for other tests
        button("Protect it").click();

        assertThat(page.locator("main h1")).containsText(name);
        await().until(() ->
                http.get("/snapshots?database=" + name).json().get("items").size() == 1);
    }

    @Test
    void databasesThatLieUnderTheRootsAreOffered() throws Exception {
        var file = database(name);
        show("start");

        button("Choose " + file).click();

        assertThat(page.getByLabel("File")).hasValue(file.toString());
        assertThat(page.locator("input[name=name]")).hasValue(name);
    }

    @Test
    void allThatWasFoundIsProtectedAtOnceAlsoWhereTwoFilesHaveOneName() throws Exception {
        var one = java.nio.file.Files.createDirectory(ROOT.resolve(name + "-one"));
        var other = java.nio.file.Files.createDirectory(ROOT.resolve(name + "-other"));
        database(one.resolve(name + ".db"), "WAL", 10);
        database(other.resolve(name + ".db"), "WAL", 10);
        show("start");

        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Protect all"))
                .click();

        assertThat(page.locator("main h1")).hasText("Databases");
        var registered = http.get("/databases?q=" + name).json().get("items");
        assertThat(registered.findValuesAsString("name")).hasSize(2).contains(name);
        assertThat(registered.findValuesAsString("path"))
                .contains(
                        one.resolve(name + ".db").toString(),
                        other.resolve(name + ".db").toString());
    }

    @Test
    void fileThatIsNoDatabaseIsToldAndWhatWasTypedStays() throws Exception {
        var file = java.nio.file.Files.writeString(ROOT.resolve(name + ".txt"), "no database ".repeat(100));
        show("start");

        page.getByLabel("File").fill(file.toString());
        button("Protect it").click();

        assertThat(page.getByRole(AriaRole.ALERT)).containsText("NOT_A_DATABASE");
        assertThat(page.getByLabel("File")).hasValue(file.toString());
    }

    @Test
    void newTokenIsShownOnceAndIsGoneWhenItIsRevoked() {
        show("access");
        button("New token…").click();
        page.locator("dialog input[name=name]").fill(name);
        button("Create").click();

        var token = page.locator("dialog .secret code").textContent();
        button("I have it").click();
        assertThat(http.as(token).get("/me").json().get("name").asString()).isEqualTo(name);
        assertThat(page.getByRole(AriaRole.CELL, new Page.GetByRoleOptions().setName(name))
                        .first())
                .isVisible();
        assertThat(page.content()).doesNotContain(token);

        button("Revoke " + name).click();
        button("Revoke").click();
        assertThat(button("Revoke " + name)).isHidden();
        assertThat(http.as(token).get("/me").status()).isEqualTo(401);
    }

    @Test
    void policyTellsWhatItWouldDeleteBeforeItIsSaved() throws Exception {
        openRetentionOfTwoSnapshots();
        page.locator("dialog input[name=last]").fill("1");
        assertThat(page.locator("dialog [role=status]")).containsText("Would keep 1, delete 1");
        assertThat(http.get("/databases/" + name + "/retention")
                        .json()
                        .get("source")
                        .asString())
                .isEqualTo("NONE");
        button("Save").click();

        assertThat(page.locator("main")).containsText("last 1");
        assertThat(http.get("/databases/" + name + "/retention")
                        .json()
                        .get("source")
                        .asString())
                .isEqualTo("DATABASE");
    }

    @Test
    void scheduleIsSetWithItsZoneAndTheNextRunIsToldInBoth() throws Exception {
        register(database(name));
        show(page, "databases/" + name + "?tab=policy");

        page.locator(".card", new Page.LocatorOptions().setHasText("No schedule: it is backed up only by hand"))
                .getByRole(AriaRole.BUTTON)
                .click();
        page.locator("dialog input[name=cron]").fill("30 2 * * *");
        page.locator("dialog input[name=zone]").fill("America/New_York");
        button("Save").click();

        assertThat(page.locator("main")).containsText("daily at 02:30");
        assertThat(page.locator("main time", new Page.LocatorOptions().setHasText("here")))
                .containsText(java.util.regex.Pattern.compile("02:30 \\S+ \\(.*0[789]:30 CES?T here\\)"));
    }

    @Test
    void whatAJobFailedOfIsToldWithWhatToDo() throws Exception {
        var application = lockedDatabase();
        try (application) {
            var job = http.post("/databases/" + name + "/backups", "{\"deadline\": \"1s\"}")
                    .json();
            show("jobs/" + job.get("id").asString());

            assertThat(page.getByRole(AriaRole.ALERT)).containsText("SOURCE_LOCKED");
            assertThat(page.locator("main h1")).containsText("Failed");
        }
    }

    @Test
    void jobIsFollowedUntilItHasEndedWithoutReloading() throws Exception {
        register(database(name));
        show("databases/" + name);

        button("Back up now").click();

        assertThat(page.locator("main h1")).containsText("Protected");
        assertThat(page.locator("main table").first()).containsText("ago");
    }
}
