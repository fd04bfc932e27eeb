package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Makes the pictures of the README: {@code ./mvnw test -Dtest=PicturesTests -Ddashboard.pictures=docs/images}. */
@EnabledIfSystemProperty(
        named = "dashboard.pictures",
        matches = ".+",
        disabledReason = "it writes for a minute and a half, and nobody has asked for new pictures")
class PicturesTests extends DashboardTest {

    /** The directories of the test are nobody's. */
    private static final String WITHOUT_PATHS = """
            root => {
              const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replaceAll(root, "/srv/shop");
            }""";

    private static final Duration WRITING = Duration.ofSeconds(90);

    @Test
    void pictureOfADatabaseThatIsFollowed() throws Exception {
        var file = database(ROOT.resolve("orders.db"), "WAL", 20_000);
        http.post(
                "/databases",
                "{\"name\": \"orders\", \"path\": \"%s\", \"labels\": {\"team\": \"shop\"}}".formatted(file));
        http.send("PUT", "/databases/orders/follow", "{\"besideSource\": true}");
        http.send(
                "PUT", "/schedule", "{\"cron\": \"0 * * * *\", \"zone\": \"Europe/Berlin\", \"skipUnchanged\": true}");
        http.send("PUT", "/retention", "{\"last\": 3, \"hourly\": 24, \"daily\": 14, \"weekly\": 8}");
        http.send("PUT", "/databases/orders/drill", "{\"cron\": \"0 5 * * SUN\"}");
        registerOthers();
        try (var application = open(file)) {
            write(application);
        }
        try (var application = open(file)) {
            application.createStatement().execute("DELETE FROM item WHERE id > 19880"); // what somebody wants back
        }
        http.post("/databases/orders/follow/flush", "");

        for (var scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            var shown = open(desk(scheme));
            show(shown, "databases/orders");
            assertThat(shown.locator(".commits").first()).isVisible();
            var line = shown.getByRole(AriaRole.SLIDER);
            assertThat(shown.locator(".commits").nth(20)).isVisible();
            var box = line.boundingBox();
            shown.mouse().click(box.x + box.width * 0.7, box.y + 60);
            assertThat(shown.locator(".moment")).isVisible();
            shown.mouse().move(0, 0);
            picture(shown.locator("main section.card").first(), "time-line", scheme);
            go(shown, "");
            assertThat(shown.locator("main h1")).containsText("of 8 databases are protected");
            picture(shown.locator("main"), "overview", scheme);
            go(shown, "restore/orders");
            byName(shown, "Continue with this one").click();
            shown.getByText("Under the running application").click();
            byName(shown, "Show the dry run").click();
            assertThat(shown.locator(".fromto")).isVisible();
            shown.evaluate(WITHOUT_PATHS, ROOT.getParent().toString());
            picture(shown.locator("main"), "restore", scheme);
        }
    }

    /** Others beside it: all is well with most. */
    private void registerOthers() throws Exception {
        for (var other : List.of("billing", "inventory", "mail", "metrics", "sessions", "users", "wiki")) {
            var file = database(ROOT.resolve(other + ".db"), "WAL", 2_000);
            http.post(
                    "/databases",
                    "{\"name\": \"%s\", \"path\": \"%s\", \"labels\": {\"team\": \"office\"}}".formatted(other, file));
            if (!other.equals("wiki")) {
                ended(http.post("/databases/" + other + "/backups", "{}").json());
            }
        }
    }

    private static Locator byName(Page shown, String words) {
        return shown.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(words).setExact(true));
    }

    private static void go(Page shown, String route) {
        shown.evaluate("route => { location.hash = '#/' + route }", route);
    }

    private static void picture(Locator of, String name, ColorScheme scheme) {
        of.screenshot(new Locator.ScreenshotOptions()
                .setPath(Path.of(System.getProperty("dashboard.pictures"))
                        .resolve(name + "-" + scheme.name().toLowerCase(Locale.ROOT) + ".png")));
    }

    /** More and less, as an application does. */
    private void write(Connection application) throws Exception {
        var random = new Random(18);
        var end = Instant.now().plus(WRITING);
        int second = 0;
        while (Instant.now().isBefore(end)) {
            int commits = (int) (3 + 12 * Math.abs(Math.sin(second++ / 9.0)) * random.nextDouble());
            for (int i = 0; i < commits; i++) {
                application
                        .createStatement()
                        .execute("UPDATE item SET note = randomblob(400) WHERE id = " + (1 + random.nextInt(20_000)));
            }
            if (second % 30 == 0) {
                ended(http.post("/databases/orders/" + (second == 60 ? "drills" : "backups"), "{}")
                        .json());
            }
            var next = Instant.now().plusMillis(900);
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> Instant.now().isAfter(next));
        }
    }
}
