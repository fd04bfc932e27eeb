package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import org.junit.jupiter.api.Test;

/** Who may see the dashboard. */
class SigningInTests extends DashboardTest {

    @Test
    void tokenIsExchangedForASessionThatNoScriptCanReadAndOneComesWhereOneWanted() throws Exception {
        register(database(name));
        page.navigate(address("databases/" + name));

        signIn(page, http.token());

        assertThat(heading(name)).isVisible();
        assertThat(page.evaluate("document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"))
                .isEqualTo("{}{}");
        assertThat(page.content()).doesNotContain(http.token());
    }

    @Test
    void tokenThatIsNotKnownIsToldAndNothingIsShown() {
        page.navigate(address("databases"));

        page.getByLabel("Token").fill("ai_" + "0".repeat(43));
        button("Sign in").click();

        assertThat(page.getByRole(AriaRole.ALERT)).containsText("not accepted");
        assertThat(page.getByLabel("Token")).isFocused();
        assertThat(heading("Databases")).isHidden();
    }

    @Test
    void sessionThatEndsWhileAPageIsOpenLeadsToTheWayInAndBack() throws Exception {
        register(database(name));
        var token = token("READ");
        page.navigate(address("databases/" + name));
        signIn(page, token.token());
        assertThat(heading(name)).isVisible();

        http.delete("/tokens/" + token.get("/me").json().get("tokenId").asString());
        go("databases/" + name + "?tab=policy");

        assertThat(page.getByText("Your session has ended")).isVisible();
        signIn(page, http.token());
        assertThat(heading("Retention")).isVisible();
    }

    private Locator tokenField() {
        return page.getByLabel("Token", new Page.GetByLabelOptions().setExact(true));
    }

    /** Signs in with a token of its own, and takes it away when the form is filled. */
    private void revokeAfter(String route, Runnable filled) {
        var token = token("ADMIN");
        page.navigate(address(route));
        signIn(page, token.token());
        filled.run();
        http.delete("/tokens/" + token.get("/me").json().get("tokenId").asString());
    }

    /** Also when the way in is before it by then: the stream of events finds out, too. */
    private void press(String words) {
        button(words).dispatchEvent("click");
    }

    @Test
    void whatWasTypedInAPageIsThereAfterSigningInAgain() throws Exception {
        var file = database(name);
        revokeAfter("start", () -> {
            page.getByLabel("File").fill(file.toString());
            page.getByLabel("Back up all databases hourly").uncheck();
            page.locator("input[name=name]").fill(name + "-other");
        });

        press("Protect it");
        assertThat(page.getByText("Your session has ended")).isVisible();
        assertThat(tokenField()).isFocused();
        signIn(page, http.token());
        assertThat(page.getByLabel("File")).hasValue(file.toString());
        button("Protect it").click();

        assertThat(page.locator("main h1")).containsText(name + "-other");
    }

    @Test
    void whatWasTypedInADialogIsThereAfterSigningInAgain() throws Exception {
        register(database(name));
        revokeAfter("databases/" + name + "?tab=policy", () -> {
            page.locator(".card", new Page.LocatorOptions().setHasText("No schedule: it is backed up only by hand"))
                    .getByRole(AriaRole.BUTTON)
                    .click();
            page.locator("dialog input[name=cron]").fill("7 3 * * *");
        });

        press("Save");
        assertThat(page.getByText("Your session has ended")).isVisible();
        page.keyboard().press("Escape"); // there is no way around it
        page.keyboard().press("Escape");
        tokenField().fill("ai_" + "0".repeat(43));
        button("Sign in").click();
        assertThat(page.getByText("not accepted")).isVisible();
        tokenField().fill(http.token());
        button("Sign in").click();

        assertThat(tokenField()).isHidden();
        assertThat(page.locator("dialog input[name=cron]")).hasValue("7 3 * * *");
        button("Save").click();
        assertThat(page.locator("main")).containsText("daily at 03:07");
    }

    @Test
    void whoeverMaySeeLessFindsNothingOfWhatWasThereBefore() throws Exception {
        register(database(name));
        revokeAfter("access", () -> {
            button("New token…").click();
            page.locator("dialog input[name=name]").fill("half a name");
        });

        press("Create");
        assertThat(page.getByText("Your session has ended")).isVisible();
        signIn(page, token("READ", name).token());

        assertThat(page.getByText("Tokens and the audit are for ADMIN")).isVisible();
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(page.locator("main table")).hasCount(0);
    }

    @Test
    void signingOutEndsTheSession() {
        show("databases");
        button("Sign out").click();
        assertThat(page.getByText("You are signed out")).isVisible();

        page.reload();

        assertThat(page.getByLabel("Token")).isVisible();
    }

    @Test
    void whoMayOnlyReadIsOfferedNothingElse() throws Exception {
        register(database(name));
        snapshot();
        page.navigate(address("databases/" + name));

        signIn(page, token("READ", name).token());

        assertThat(heading(name)).isVisible();
        assertThat(link("Look inside").first()).isVisible();
        assertThat(button("Back up now")).isHidden();
        assertThat(link("Restore…")).isHidden();
        link("Overview").click();
        assertThat(heading("Your database is protected")).isVisible();
    }
}
