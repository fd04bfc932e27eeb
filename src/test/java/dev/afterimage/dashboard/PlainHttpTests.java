package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Request;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Over plain HTTP by a name of a LAN, where browsers do not say Sec-Fetch-Site. */
class PlainHttpTests extends DashboardTest {

    @Override
    protected String address(String route) {
        return address(Chromium.LAN_HOST, route);
    }

    private String address(String host, String route) {
        return super.address(route).replace("127.0.0.1", host);
    }

    @Test
    void writesAreTakenFromPagesOfTheService() throws Exception {
        register(database(name));
        var backups = new CopyOnWriteArrayList<Request>();
        page.onRequest(request -> {
            if (request.url().endsWith("/backups")) {
                backups.add(request);
            }
        });
        show("databases/" + name);

        button("Back up now").click();

        assertThat(page.locator("main h1")).containsText("Protected");
        assertThat(backups).singleElement().satisfies(backup -> {
            assertThat(backup.headerValue("Origin")).isEqualTo(address("").replace("/#/", ""));
            assertThat(backup.headerValue("Sec-Fetch-Site")).isNull();
        });
    }

    /** Of the same site, so that the browser sends the cookie. */
    @Test
    void pageOfAnotherOriginIsRefusedAlthoughItsBrowserSendsTheCookie() throws Exception {
        register(database(name));
        page = open(new NewContextOptions().setBypassCSP(true)); // the page of another service has another policy
        show("databases/" + name);
        var other = page.context().newPage();
        other.navigate(address("other." + Chromium.LAN_HOST, ""));
        assertThat(other.getByLabel("Token")).isVisible();

        other.evaluate(
                "address => fetch(address, { method: 'POST', mode: 'no-cors', credentials: 'include' }).catch(() => null)",
                address("").replace("#/", "api/v1/databases/" + name + "/backups"));

        await().untilAsserted(() -> assertThat(
                        http.get("/audit?limit=20").json().get("items"))
                .anySatisfy(entry -> {
                    assertThat(entry.get("path").asString()).contains(name);
                    assertThat(entry.get("name").asString()).isEqualTo("admin"); // so the cookie came with it
                    assertThat(entry.get("code").asString()).isEqualTo("CROSS_ORIGIN");
                }));
        assertThat(http.get("/jobs?database=" + name).json().get("items")).isEmpty();
    }
}
