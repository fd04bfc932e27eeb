package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.WaitUntilState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Answers take as long as the test likes. */
class SlowNetworkTests extends DashboardTest {

    /** Requests that wait, in the order in which they were sent. */
    private final List<Route> held = new ArrayList<>();

    private void hold(Predicate<String> addresses, String method) {
        page.route(addresses, route -> {
            if (route.request().method().equals(method)) {
                held.add(route);
            } else {
                route.resume();
            }
        });
    }

    private void awaitHeld(int requests) {
        page.waitForCondition(() -> held.size() >= requests);
    }

    /** Lets it go on, and waits until its answer has been read. */
    private void release(Route route) {
        page.waitForResponse(response -> response.request() == route.request(), route::resume)
                .finished();
        page.evaluate("() => new Promise(done => setTimeout(done))");
    }

    @Test
    void pageSaysThatItLoadsBeforeItsScriptsAndItsFirstAnswerAreThere() {
        hold(address -> address.endsWith("/app/shell.js") || address.endsWith("/api/v1/me"), "GET");
        page.navigate(address("databases"), new Page.NavigateOptions().setWaitUntil(WaitUntilState.COMMIT));
        awaitHeld(1);
        assertThat(page.locator("#app")).hasText("Loading…");

        held.forEach(Route::resume);
        awaitHeld(2);
        assertThat(page.locator("#app")).hasText("Loading…");

        held.getLast().resume();
        assertThat(page.getByLabel("Token")).isVisible();
    }

    @Test
    void pageWhoseScriptIsNotThereYetIsGoneToAtOnceAndTheOtherOneIsNotShownAfterIt() {
        show("databases");
        assertThat(page.locator("main h1")).hasText("Databases");
        hold(address -> address.endsWith("/app/storage.js"), "GET");

        link("Storage").first().click();
        awaitHeld(1);
        assertThat(page.locator("main")).containsText("Loading…");
        assertThat(link("Storage").first()).hasAttribute("aria-current", "page");
        link("Jobs").first().click();
        assertThat(page.locator("main h1")).hasText("Jobs");
        release(held.getFirst());

        assertThat(page.locator("main h1")).hasText("Jobs");
    }

    @Test
    void buttonThatIsPressedTwiceDoesItOnce() throws Exception {
        register(database(name));
        show("databases/" + name);
        hold(address -> address.endsWith("/backups"), "POST");

        button("Back up now").dblclick();
        awaitHeld(1);
        assertThat(button("Back up now")).hasAttribute("aria-disabled", "true");
        held.getFirst().resume();

        assertThat(page.locator("main h1")).containsText("Protected");
        assertThat(button("Back up now")).not().hasAttribute("aria-disabled", "true");
        assertThat(held).hasSize(1);
        assertThat(http.get("/jobs?database=" + name).json().get("items")).hasSize(1);
    }

    @Test
    void stateThatIsPickedLastIsTheOneThatIsRestored() throws Exception {
        var first = snapshotOfNewDatabase();
        var second = snapshot();
        show("restore/" + name);
        assertThat(button("Continue with this one")).isVisible();
        hold(address -> address.contains("/api/v1/snapshots/"), "GET");

        pickSnapshotBefore(); // the second
        awaitHeld(1);
        assertThat(button("Continue with this one")).isHidden();
        pickSnapshotBefore();
        awaitHeld(2);
        assertThat(held.getFirst().request().url()).endsWith(second);
        release(held.getLast());
        release(held.getFirst());

        assertThat(link("Look inside first")).hasAttribute("href", "#/look/" + name + "?snapshot=" + first);
    }

    @Test
    void dryRunOfWhatWasChangedMeanwhileIsNotShownAsThatOfWhatIsRestored() throws Exception {
        snapshotOfNewDatabase();
        show("restore/" + name);
        button("Continue with this one").click();
        hold(address -> address.endsWith("/restores?dryRun=true"), "POST");
        var target = page.locator("input[name=path]");
        target.fill(ROOT.resolve(name + "-one.db").toString());
        button("Show the dry run").click();
        awaitHeld(1);

        target.fill(ROOT.resolve(name + "-other.db").toString());
        release(held.getFirst());
        assertThat(target).isVisible();
        button("Show the dry run").click();
        awaitHeld(2);
        release(held.getLast());

        assertThat(page.locator("main")).containsText(name + "-other.db");
        button("Restore to the new file").click();
        assertThat(page.locator("main h2").first()).containsText("Restored");
        assertThat(ROOT.resolve(name + "-other.db")).exists();
        assertThat(ROOT.resolve(name + "-one.db")).doesNotExist();
    }

    private void pickSnapshotBefore() {
        page.getByRole(AriaRole.SLIDER, new Page.GetByRoleOptions().setName("Moment"))
                .press("Shift+ArrowLeft");
        page.keyboard().press("Enter");
    }

    @Test
    void previewOfAPolicyIsOfWhatWasTypedLast() throws Exception {
        openRetentionOfTwoSnapshots();
        var told = page.locator("dialog [role=status]");
        assertThat(told).containsText("Would keep");
        hold(address -> address.endsWith("/retention/preview"), "POST");
        page.locator("dialog input[name=last]").fill("1");
        awaitHeld(1);
        int before = held.size();
        page.locator("dialog input[name=last]").fill("2");
        awaitHeld(before + 1);

        release(held.getLast());
        assertThat(told).containsText("Would keep 2");
        held.subList(0, held.size() - 1).forEach(this::release);

        assertThat(told).containsText("Would keep 2");
    }

    @Test
    void stateThatTheAddressNamesLastIsLookedInto() throws Exception {
        var first = snapshotOfNewDatabase();
        try (var application = open(ROOT.resolve(name + ".db"))) {
            application.createStatement().execute("CREATE TABLE later (id INTEGER)");
        }
        var second = snapshot();
        show("databases/" + name);
        hold(address -> address.endsWith("/schema"), "GET");

        go("look/" + name + "?snapshot=" + first);
        awaitHeld(1);
        go("look/" + name + "?snapshot=" + second);
        release(held.getFirst());
        awaitHeld(2);
        release(held.getLast());

        assertThat(page.locator("main table")).containsText("later");
    }

    @Test
    void whatIsSearchedForIsNotMixedWithMoreOfWhatWasShownBefore() throws Exception {
        register(database(name));
        show("databases");
        var search = page.getByLabel("Search databases");
        assertThat(page.locator("main table tbody tr").first()).isVisible();
        hold(address -> address.contains("/api/v1/databases?") && address.contains("sort="), "GET"); // not news of one

        search.fill("nobody has this");
        awaitHeld(1);
        search.fill(name);
        assertThat(page.locator("main .card").first()).hasAttribute("aria-busy", "true");
        release(held.getFirst());
        awaitHeld(2);
        assertThat(page.locator("main .card").first()).hasAttribute("aria-busy", "true");
        release(held.getLast());

        assertThat(page.locator("main .card").first()).hasAttribute("aria-busy", "false");
        assertThat(page.locator("main table tbody tr")).hasCount(1);
        assertThat(page.locator("main table")).containsText(name);
    }
}
