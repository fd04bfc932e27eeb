package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each page, as whoever uses it finds it. */
class PagesTests extends DashboardTest {

    /** Pages with a database that has been backed up, looked into and drilled. */
    private List<String> pages() throws Exception {
        snapshotOfNewDatabase();
        var drill = http.post("/databases/" + name + "/drills", "{}").json();
        ended(drill);
        return List.of(
                "",
                "databases",
                "databases/" + name,
                "databases/" + name + "?tab=proofs",
                "databases/" + name + "?tab=policy",
                "databases/" + name + "?tab=state",
                "look/" + name,
                "look/" + name + "?tab=query",
                "restore/" + name,
                "jobs",
                "jobs/" + drill.get("id").asString(),
                "storage",
                "access",
                "settings",
                "start",
                "kit");
    }

    @Test
    void noPageHindersWhoCannotSeeOrUseAMouse() throws Exception {
        var pages = pages();
        var found = new ArrayList<String>();
        for (var scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            var shown = open(desk(scheme));
            show(shown, "");
            for (var route : pages) {
                reach(shown, route);
                hindrances(shown, scheme == ColorScheme.DARK)
                        .forEach(hindrance -> found.add(route + " " + scheme + ": " + hindrance));
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void noPageIsWiderThanAPhone() throws Exception {
        var shown = open(phone(ColorScheme.LIGHT));
        var pages = pages();
        show(shown, "");
        for (var route : pages) {
            reach(shown, route);
            assertThat((Integer) shown.evaluate("document.documentElement.scrollWidth"))
                    .as(route)
                    .isLessThanOrEqualTo(390);
            assertThat((List<?>) shown.evaluate("""
                            [...document.querySelectorAll('.scroll')]
                              .filter(box => box.scrollWidth > box.clientWidth && !box.querySelector('table.content'))
                              .map(box => box.querySelector('caption').textContent)"""))
                    .as("tables that are wider, of " + route)
                    .isEmpty();
        }
    }

    @Test
    void pageIsToldToAScreenReaderWhenOneComesToIt() throws Exception {
        register(database(name));
        show("");

        link("Databases").first().click();

        var heading = page.locator("main h1");
        assertThat(heading).hasText("Databases");
        assertThat(heading).isFocused();
        assertThat(page).hasTitle("Databases · Afterimage");
    }

    @Test
    void listOfDatabasesGetsAndLosesRowsWhileItIsOpen() throws Exception {
        register(database(name));
        show("databases?q=" + name);
        assertThat(link(name)).isVisible();

        var other = name + "-other";
        http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(other, database(other)));
        assertThat(link(other)).isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(30_000));
        http.delete("/databases/" + name);

        assertThat(link(name)).isHidden(new LocatorAssertions.IsHiddenOptions().setTimeout(30_000));
        assertThat(link(other)).isVisible();
    }

    @Test
    void keyboardSkipsTheRail() throws Exception {
        register(database(name));
        show("databases");
        assertThat(page.locator("main h1")).hasText("Databases");

        page.reload(); // whoever comes anew begins at the top
        assertThat(page.locator("main h1")).hasText("Databases");
        page.keyboard().press("Tab");
        assertThat(page.getByText("Skip to the content")).isFocused();
        page.keyboard().press("Enter");

        assertThat(page.locator("main")).isFocused();
        assertThat(page.locator("main h1")).hasText("Databases");
    }

    @Test
    void everythingOfTheFirstPageTogetherIsSmall() {
        var bytes = new ArrayList<Integer>();
        page.onResponse(response -> {
            if (!response.url().contains("/api/")) {
                response.finished();
                bytes.add(response.request().sizes().responseBodySize);
            }
        });
        show("");
        page.locator("main h1").first().waitFor();

        assertThat(bytes).hasSizeGreaterThan(5);
        assertThat(bytes.stream().mapToInt(Integer::intValue).sum()).isLessThan(150_000);
    }

    @Test
    void serviceThatDoesNotAnswerIsToldAndThePageGoesOnByItself() throws Exception {
        register(database(name));
        show("databases");
        assertThat(page.locator("main h1")).hasText("Databases");

        page.context().route("**/api/**", route -> route.abort());
        link("Jobs").first().click();
        assertThat(page.getByText("The service does not answer").first()).isVisible();

        page.context().unroute("**/api/**");
        assertThat(page.locator(".strip")).isHidden();
        assertThat(page.locator("main h1")).hasText("Jobs");
        assertThat(page.locator("main section.card").first()).isVisible();
    }

    @Test
    void pageThatHearsOfNoChangesIsLoadedWhenTheServiceAnswersAgain() {
        show("databases");
        assertThat(page.locator("main h1")).hasText("Databases");
        page.context().route("**/api/**", route -> route.abort());

        go("kit");
        assertThat(page.getByText("The service does not answer").first()).isVisible();
        page.context().unroute("**/api/**");

        assertThat(page.locator("main")).containsText("Where it is stored");
    }

    /** A proxy takes the prefix off; the browser asks for nothing beside it. */
    @Test
    void pagesWorkBelowThePrefixOfAProxy() throws Exception {
        snapshotOfNewDatabase();
        var outside = new ArrayList<String>();
        page.context()
                .route(
                        "**/backup/**",
                        route -> route.resume(new Route.ResumeOptions()
                                .setUrl(route.request().url().replace("/backup/", "/"))));
        page.onRequest(request -> {
            if (!request.url().contains("/backup/")) {
                outside.add(request.url());
            }
        });

        page.navigate(http.uri("//backup/").toString() + "#/databases/" + name);
        signIn(page, http.token());
        link("Look inside").first().click();

        assertThat(page.locator("main h1")).containsText(name + " as it was");
        assertThat(outside).isEmpty();
    }

    /** What an event says is shown; nothing is asked for again and again. */
    @Test
    void jobIsShownWhileItRunsAndWhenItHasEnded() throws Exception {
        register(database(name));
        show("jobs?database=" + name);
        assertThat(page.locator("main")).containsText("No job is like that");

        ended(http.post("/databases/" + name + "/backups", "{}").json());

        assertThat(page.locator("main table")).containsText("Succeeded");
    }

    @Test
    void timesAreThoseOfTheViewerAndTellTheirZone() throws Exception {
        snapshotOfNewDatabase();
        show("databases/" + name);
        var time = page.locator("table time").first();

        assertThat(time)
                .hasAttribute(
                        "title", java.util.regex.Pattern.compile("^[-0-9]+ [:0-9]+ CES?T · [-0-9]+ [:0-9]+ UTC$"));
    }

    private static void reach(Page shown, String route) {
        shown.evaluate("route => { location.hash = '#/' + route; }", route);
        assertThat(shown.locator("main")).not().containsText("Loading…");
    }
}
