package dev.afterimage.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.afterimage.api.ApiTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/**
 * Base of the tests in a real browser against a real service, which only they use. A test fails when the page complains: of a script, or
 * of something that its policy forbids.
 */
public abstract class DashboardTest extends ApiTest {

    protected static final Path DASHBOARD_HOME = HOME.resolveSibling("dashboard-home");
    private static final String AXE = resource("axe.min.js");

    /** Refusals, and a header that has no meaning over plain HTTP. */
    private static final List<String> EXPECTED =
            List.of("Failed to load resource: ", "The Cross-Origin-Opener-Policy header has been ignored");

    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final List<BrowserContext> contexts = new CopyOnWriteArrayList<>();
    protected Page page;

    /** A busy machine is not a failure. */
    @BeforeAll
    static void bePatient() {
        PlaywrightAssertions.setDefaultAssertionTimeout(60_000);
    }

    @DynamicPropertySource
    static void home(DynamicPropertyRegistry properties) {
        properties.add("api.home", DASHBOARD_HOME::toString);
    }

    @BeforeEach
    void openBrowser() {
        page = open(new NewContextOptions());
    }

    /** A page of a browser of its own, on which nobody is signed in. */
    protected Page open(NewContextOptions options) {
        var context = Chromium.get()
                .newContext(options.setTimezoneId(options.timezoneId == null ? "Europe/Berlin" : options.timezoneId)
                        .setReducedMotion(com.microsoft.playwright.options.ReducedMotion.REDUCE));
        context.setDefaultTimeout(60_000);
        contexts.add(context);
        var opened = context.newPage();
        opened.onPageError(complaints::add);
        opened.onConsoleMessage(message -> {
            if (message.type().equals("error") && EXPECTED.stream().noneMatch(message.text()::startsWith)) {
                complaints.add(message.text());
            }
        });
        opened.addInitScript("document.addEventListener('securitypolicyviolation',"
                + " e => console.error('forbidden: ' + e.violatedDirective + ' ' + e.blockedURI))");
        return opened;
    }

    @AfterEach
    void closeBrowsers() {
        contexts.forEach(BrowserContext::close);
        assertThat(complaints).isEmpty();
    }

    protected String address(String route) {
        return http.uri("//").toString() + "#/" + route;
    }

    /** Signs in as who may do all, and shows a page. */
    protected void show(String route) {
        show(page, route);
    }

    protected void show(Page shown, String route) {
        shown.navigate(address(route));
        signIn(shown, http.token());
    }

    protected void signIn(Page shown, String token) {
        shown.getByLabel("Token", new Page.GetByLabelOptions().setExact(true)).fill(token);
        shown.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sign in"))
                .click();
        shown.getByRole(AriaRole.NAVIGATION, new Page.GetByRoleOptions().setName("Main"))
                .waitFor();
    }

    /** Another page, without signing in again. */
    protected void go(String route) {
        page.evaluate("route => { location.hash = '#/' + route; }", route);
    }

    /** The dialog of the retention of a new database, which has two snapshots. */
    protected void openRetentionOfTwoSnapshots() throws Exception {
        snapshotOfNewDatabase();
        try (var application = open(ROOT.resolve(name + ".db"))) {
            application.createStatement().execute("DELETE FROM item WHERE id = 1");
        }
        snapshot();
        show("databases/" + name + "?tab=policy");
        page.locator(".card", new Page.LocatorOptions().setHasText("Retention"))
                .getByRole(AriaRole.BUTTON)
                .first()
                .click();
    }

    protected Locator button(String words) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(words).setExact(true));
    }

    protected Locator link(String words) {
        return page.getByRole(
                AriaRole.LINK, new Page.GetByRoleOptions().setName(words).setExact(true));
    }

    protected Locator heading(String words) {
        return page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName(words));
    }

    /**
     * What axe finds that hinders somebody, with where it is.
     *
     * @param colours these alone: all else is the same in light and dark
     */
    protected static List<String> hindrances(Page shown, boolean colours) {
        shown.evaluate(AXE);
        var found = shown.evaluate("""
                async colours => (await axe.run(colours ? { runOnly: ['color-contrast'] } : {})).violations
                  .filter(violation => ['serious', 'critical'].includes(violation.impact))
                  .map(violation => `${violation.id}: ${violation.nodes.map(node => node.html + ' ' + node.any.map(a => a.message)).join('; ')}`)
                """, colours);
        return ((List<?>) found).stream().map(String::valueOf).toList();
    }

    protected static NewContextOptions phone(ColorScheme scheme) {
        return new NewContextOptions().setViewportSize(390, 844).setColorScheme(scheme);
    }

    protected static NewContextOptions desk(ColorScheme scheme) {
        return new NewContextOptions().setViewportSize(1440, 900).setColorScheme(scheme);
    }

    protected static Stream<ColorScheme> schemes() {
        return Stream.of(ColorScheme.LIGHT, ColorScheme.DARK);
    }

    private static String resource(String name) {
        try (var in = DashboardTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
