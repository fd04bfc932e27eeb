package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

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

        assertThat(page.getByRole(com.microsoft.playwright.options.AriaRole.ALERT))
                .containsText("not accepted");
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
