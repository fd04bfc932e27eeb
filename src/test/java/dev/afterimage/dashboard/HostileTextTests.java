package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** What others have written is shown as they wrote it, and does nothing. */
class HostileTextTests extends DashboardTest {

    private static final String MARKUP =
            "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>";

    @Test
    void markupInPathsLabelsNotesProblemsTablesAndRowsIsText() throws Exception {
        var directory = Files.createDirectories(ROOT.resolve("<b onclick=alert(1)>"));
        var file = database(directory.resolve(name + "'\"<svg onload=alert(1)>.db"), "WAL", 10);
        try (var application = open(file)) {
            write(application);
        }
        var json = new JsonMapper();
        var registered = http.post(
                "/databases",
                json.writeValueAsString(
                        Map.of("name", name, "path", file.toString(), "labels", Map.of("team", "<i>shop</i>"))));
        assertThat(registered.status()).as(registered.text()).isEqualTo(201);
        backUp(json.writeValueAsString(
                Map.of("verify", "NONE", "labels", Map.of("note", "<img src=x onerror=alert(1)>"))));
        http.post("/tokens", json.writeValueAsString(Map.of("name", "<script>alert(1)</script>", "scope", "READ")));
        page.onDialog(dialog -> {
            dialog.dismiss();
            throw new IllegalStateException("a script of others ran");
        });

        show("databases/" + name);
        assertThat(page.getByText("note=<img src=x onerror=alert(1)>")).isVisible();
        for (var route : List.of(
                "databases",
                "databases?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
                "databases/" + name + "?tab=state",
                "databases/" + name + "?tab=policy",
                "databases/%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
                "jobs?database=%3Csvg%20onload%3Dalert(1)%3E",
                "look/" + name)) {
            go(route);
            assertThat(page.locator("main h1").first()).isVisible();
        }
        assertThat(page.getByText(MARKUP).first()).isVisible();
        button("Show " + MARKUP).click();
        assertThat(page.getByText("<b>row</b>", new com.microsoft.playwright.Page.GetByTextOptions().setExact(true)))
                .isVisible();

        assertThat(page.locator("main img, main script, main b, main i:not(.bar i)"))
                .hasCount(0);
        assertThat(page.title()).doesNotContain("taken");
    }

    private static void write(java.sql.Connection application) throws SQLException {
        var table = "\"" + MARKUP.replace("\"", "\"\"") + "\"";
        try (var statement = application.createStatement()) {
            statement.execute("CREATE TABLE " + table + " (\"<u>column</u>\" TEXT)");
            statement.execute("INSERT INTO " + table + " VALUES ('<b>row</b>')");
        }
    }
}
