package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.options.SameSiteAttribute;
import dev.afterimage.api.Http;
import dev.afterimage.service.ServiceProcess;
import dev.afterimage.service.ServiceSetup;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As docs/dashboard.md sets it up: nginx with TLS, below a path, before a service that believes it. */
class BehindNginxTests extends DashboardTest {

    private static ServiceProcess service;
    private static Nginx nginx;
    private static Path home;

    /** What the browser asked for. */
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void startBoth(@TempDir Path directory) throws Exception {
        home = directory.resolve("home");
        service = new ServiceSetup(home, ROOT, List.of(), List.of("--server.forward-headers-strategy=native")).start();
        nginx = Nginx.before(service.address(), directory);
    }

    @AfterAll
    static void stopBoth() throws Exception {
        if (nginx != null) {
            nginx.close();
        }
        service.close();
    }

    @BeforeEach
    void openBehindIt() throws Exception {
        http = Http.admin(service.address().getPort(), home);
        page = open(new NewContextOptions().setIgnoreHTTPSErrors(true));
        page.onRequest(requests::add);
    }

    @Override
    protected String address(String route) {
        return nginx.address() + "/backup/#/" + route;
    }

    @Test
    void pagesAreWalkedAndNothingIsAskedForBesideThePath() throws Exception {
        snapshotOfNewDatabase();
        page.navigate(nginx.address() + "/backup"); // as somebody types it
        signIn(page, http.token());

        for (var route : List.of(
                "databases",
                "databases/" + name,
                "look/" + name,
                "restore/" + name,
                "jobs",
                "storage",
                "access",
                "kit")) {
            go(route);
            assertThat(page.locator("main")).not().containsText("Loading…");
            assertThat(page.locator("main h1").first()).isVisible();
            assertThat(page.locator("main .problem")).hasCount(0);
        }
        go("settings");
        link("Swagger UI").click();

        page.locator("#operations-tag-Access").click();
        page.locator("#operations-Access-getMe").click();
        page.locator("#operations-Access-getMe .execute").click(); // with the cookie
        assertThat(page.locator("#operations-Access-getMe .request-url pre"))
                .hasText(nginx.address() + "/backup/api/v1/me");
        assertThat(requests)
                .isNotEmpty()
                .allSatisfy(request -> assertThat(request.url()).startsWith(nginx.address() + "/backup"));
    }

    @Test
    void writeIsTakenAndWhatItDoesIsHeardOfByTheOneStreamOfEvents() throws Exception {
        register(database(name));
        show("databases/" + name);
        assertThat(page.locator("main h1")).containsText("Unprotected");

        button("Back up now").click();
        assertThat(page.locator("main h1")).containsText("Protected");
        go("jobs?database=" + name);
        assertThat(page.locator("main table tbody tr")).hasCount(1);
        snapshot(); // by somebody else

        assertThat(page.locator("main table tbody tr")).hasCount(2);
        assertThat(page.locator("main table tbody tr").first()).containsText("Succeeded");
        assertThat(requests.stream().filter(request -> request.url().endsWith("/events")))
                .singleElement()
                .satisfies(request -> assertThat(request.failure()).isNull());
    }

    /** Other services have this host's name, too, or one below it. */
    @Test
    void noAnswerBindsWhatElseIsServedUnderTheName() {
        var answer = page.context().request().get(nginx.address() + "/backup/");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers())
                .containsKey("content-security-policy")
                .doesNotContainKey("strict-transport-security");
    }

    @Test
    void cookieIsForThisPathAndNotForPlainHttpAndIsGoneAfterSigningOut() {
        show("databases");
        assertThat(page.context().cookies()).singleElement().satisfies(cookie -> {
            assertThat(cookie.path).isEqualTo("/backup");
            assertThat(cookie.secure).isTrue();
            assertThat(cookie.httpOnly).isTrue();
            assertThat(cookie.sameSite).isEqualTo(SameSiteAttribute.STRICT);
        });

        button("Sign out").click();

        assertThat(page.getByText("You are signed out")).isVisible();
        assertThat(page.context().cookies()).isEmpty();
        page.reload();
        assertThat(page.getByLabel("Token")).isVisible();
    }
}
