package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** From a state to a file, and back. */
class RestoringTests extends DashboardTest {

    @Test
    void newestSnapshotIsRestoredToANewFile() throws Exception {
        snapshotOfNewDatabase();
        show("databases/" + name);
        link("Restore…").first().click();

        button("Continue with this one").click();
        var path = page.locator("input[name=path]").inputValue();
        button("Show the dry run").click();
        button("Restore to the new file").click();

        assertThat(heading("Restored")).isVisible();
        assertThat(rows(Path.of(path))).isEqualTo(2_000);
    }

    @Test
    void restoreOverADatabaseWantsItsNameAndCanBeUndone() throws Exception {
        snapshotOfNewDatabase();
        var file = ROOT.resolve(name + ".db");
        try (var application = open(file)) {
            application.createStatement().execute("DELETE FROM item WHERE id > 10");
            show("restore/" + name);
            button("Continue with this one").click();
            page.getByText("Under the running application").click();
            button("Show the dry run").click();
            assertThat(page.locator("table", new com.microsoft.playwright.Page.LocatorOptions().setHasText("item")))
                    .containsText("+1,990");

            button("Restore over " + name + "…").click();
            var confirmed = page.locator("dialog button.danger");
            assertThat(confirmed).isDisabled();
            page.locator("dialog input").fill("another");
            assertThat(confirmed).isDisabled();
            assertThat(rows(file)).isEqualTo(10);
            page.locator("dialog input").fill(name);
            confirmed.click();

            assertThat(heading("Restored")).isVisible();
            assertThat(rows(file)).isEqualTo(2_000);

            button("Undo…").click();
            page.locator("dialog input").fill(name);
            page.locator("dialog button.danger").click();
            await().untilAsserted(() -> assertThat(rows(file)).isEqualTo(10));
            assertThat(heading("Restored")).isVisible();
        }
    }

    @Test
    void groupIsRestoredAfterADryRunWhenAllItsNamesAreTyped() throws Exception {
        register(database(name));
        var other = name + "-other";
        http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(other, database(other)));
        ended(http.post("/backups", "{\"databases\": [\"%s\", \"%s\"]}".formatted(name, other))
                .json());
        for (var each : List.of(name, other)) {
            try (var application = open(ROOT.resolve(each + ".db"))) {
                application.createStatement().execute("DELETE FROM item WHERE id > 10");
            }
        }
        show("databases/" + name);
        page.getByLabel(Pattern.compile("^More about the snapshot")).first().click();
        link("Restore the whole group…").click();
        assertThat(page.getByText("+1,990")).hasCount(2);
        assertThat(hindrances(page, false)).isEmpty();

        button("Restore over 2 databases…").click();
        var confirmed = page.locator("dialog button.danger");
        page.locator("dialog input").fill(name);
        assertThat(confirmed).isDisabled();
        assertThat(rows(ROOT.resolve(name + ".db"))).isEqualTo(10);
        page.locator("dialog input").fill(name + " " + other);
        confirmed.click();

        assertThat(page).hasURL(Pattern.compile("#/jobs/"));
        assertThat(heading("Result")).isVisible();
        for (var each : List.of(name, other)) {
            assertThat(rows(ROOT.resolve(each + ".db"))).isEqualTo(2_000);
        }
        assertThat(hindrances(page, false)).isEmpty();
    }

    @Test
    void whatStandsAgainstARestoreIsToldBeforeAnythingHappens() throws Exception {
        snapshotOfNewDatabase();
        show("restore/" + name);

        button("Continue with this one").click();
        page.locator("input[name=path]").fill(OUTSIDE.resolve("x.db").toString());
        button("Show the dry run").click();

        assertThat(page.getByRole(com.microsoft.playwright.options.AriaRole.ALERT))
                .containsText("PATH_NOT_ALLOWED");
    }

    @Test
    void contentOfASnapshotIsSeenAndAskedWithoutRestoringIt() throws Exception {
        snapshotOfNewDatabase();
        show("look/" + name);

        button("Show item").click();
        assertThat(page.getByText("item 17", new com.microsoft.playwright.Page.GetByTextOptions().setExact(true)))
                .isVisible();
        link("Query").click();
        page.getByLabel("One statement that reads").fill("SELECT count(*), max(name) FROM item");
        button("Run").click();
        assertThat(page.locator("table.content")).containsText("item 999");
        page.getByLabel("One statement that reads").fill("DROP TABLE item");
        button("Run").click();
        assertThat(page.getByRole(com.microsoft.playwright.options.AriaRole.ALERT))
                .containsText("QUERY_REFUSED");
    }

    @Test
    void twoSnapshotsAreCompared() throws Exception {
        var first = snapshotOfNewDatabase();
        try (var application = open(ROOT.resolve(name + ".db"))) {
            application.createStatement().execute("CREATE TABLE carts (id)");
            application.createStatement().execute("DELETE FROM item WHERE id <= 500");
        }
        snapshot();

        show("look/" + name + "?snapshot=" + first + "&tab=compare");

        assertThat(page.locator("main")).containsText("−500");
        assertThat(page.locator("main")).containsText("Added table carts");
    }

    private static long rows(Path file) throws SQLException {
        try (var connection = open(file);
                var row = connection.createStatement().executeQuery("SELECT count(*) FROM item")) {
            return row.getLong(1);
        }
    }
}
