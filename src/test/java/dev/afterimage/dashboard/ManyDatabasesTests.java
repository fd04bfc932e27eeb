package dev.afterimage.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import dev.afterimage.api.Http;
import dev.afterimage.service.ServiceProcess;
import dev.afterimage.service.ServiceSetup;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand of them: rows in the catalog, without files behind them. */
class ManyDatabasesTests extends DashboardTest {

    private static final int MANY = 10_000;

    private static ServiceSetup setup;
    private static ServiceProcess service;

    /** What was asked of the API. */
    private final List<String> asked = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void startWithMany(@TempDir Path directory) throws Exception {
        setup = new ServiceSetup(directory.resolve("home"), ROOT, List.of(), List.of());
        try (var first = setup.start()) {
            first.stop();
        }
        fill(setup.home().resolve("catalog.db"));
        service = setup.start();
    }

    private static void fill(Path catalog) throws SQLException {
        try (var connection = open(catalog);
                var statement = connection.createStatement()) {
            statement.execute("""
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
                    INSERT INTO database (id, name, path, given_path, labels, node, created_at)
                    SELECT printf('%%08d-0000-7000-8000-000000000000', i), printf('db-%%05d', i), '%s/' || i || '.db', '%2$s/' || i || '.db',
                        json_object('team', 't' || (i %% 50)), 'another', 1790000000000 + i
                    FROM n
                    """.formatted(MANY, ROOT));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        service.close();
    }

    @BeforeEach
    void watch() throws Exception {
        http = Http.admin(service.address().getPort(), setup.home());
        page.onRequest(request -> {
            if (request.url().contains("/api/v1/")) {
                asked.add(request.url().replaceAll(".*/api/v1/", ""));
            }
        });
    }

    private Locator rows() {
        return page.locator("main table tbody tr");
    }

    private int nodes() {
        return (Integer) page.evaluate("document.querySelectorAll('*').length");
    }

    @Test
    void listIsShownAPartAtATime() {
        show("databases");

        assertThat(rows()).hasCount(100);
        assertThat(page.getByRole(
                        AriaRole.GROUP, new com.microsoft.playwright.Page.GetByRoleOptions().setName("Protection")))
                .containsText("All 10,000");
        assertThat(nodes()).isLessThan(2_500);
        assertThat(asked).hasSizeLessThan(10);

        button("Show more").click();
        assertThat(rows()).hasCount(300);
        button("Show more").click();
        assertThat(rows()).hasCount(500);
        button("The next 100").click();
        assertThat(page.getByText("are shown")).hasText("501 to 600 are shown");
        assertThat(rows()).hasCount(100);
        assertThat(rows().first()).containsText("db-00501");
        page.reload();
        assertThat(rows().first()).containsText("db-00001");
        assertThat(nodes()).isLessThan(2_500);
    }

    @Test
    void searchFilterAndSortAskOnceEachAndShowWhatIsFound() {
        show("databases");
        assertThat(rows()).hasCount(100);
        asked.clear();

        page.getByLabel("Search databases").pressSequentially("db-0999");
        assertThat(rows()).hasCount(10);
        assertThat(listsAsked()).hasSizeBetween(1, 7);
        page.getByLabel("Search databases").fill("");
        assertThat(rows()).hasCount(100);

        page.getByLabel("With the label").fill("team=t7");
        page.keyboard().press("Enter");
        assertThat(rows().first()).containsText("db-00007");
        assertThat(rows().nth(1)).containsText("db-00057");
        assertThat(rows()).hasCount(100);

        asked.clear();
        button("Last good backup").click();
        assertThat(page.locator("th[aria-sort]")).containsText("Last good backup");
        assertThat(page.locator("main .card").first()).hasAttribute("aria-busy", "false");
        assertThat(listsAsked()).hasSize(1);
    }

    private List<String> listsAsked() {
        return asked.stream().filter(path -> path.startsWith("databases?")).toList();
    }

    @Test
    void otherPagesStaySmall() {
        show("");
        assertThat(page.locator("main h1")).containsText("10,000 databases");
        assertThat(nodes()).isLessThan(1_500);

        go("restore");
        assertThat(page.locator("main h1")).hasText("Restore");
        assertThat(page.locator("main .card").first()).isVisible();
        assertThat(nodes()).isLessThan(3_000);
        go("kit");
        assertThat(page.locator("main")).containsText("What is protected");
        assertThat(nodes()).isLessThan(6_000);
        go("storage");
        assertThat(page.locator("main h1")).containsText("of snapshots");
        assertThat(nodes()).isLessThan(3_000);
    }

    /** Of docs/performance.md: {@code ./mvnw test -Dtest=ManyDatabasesTests -Ddashboard.measured=20}. */
    @Test
    @EnabledIfSystemProperty(
            named = "dashboard.measured",
            matches = "\\d+",
            disabledReason = "it measures, and nobody has asked for it")
    void firstListIsTimed() {
        show("databases");
        var state = page.context().storageState();
        for (int i = 0; i < Integer.getInteger("dashboard.measured"); i++) {
            var fresh = open(new NewContextOptions().setStorageState(state));
            fresh.navigate(address("databases"));
            fresh.locator("main table tbody tr").first().waitFor();
            System.out.println("first list after ms: "
                    + fresh.evaluate("() => Math.round(performance.now())") + ", with "
                    + fresh.evaluate("document.querySelectorAll('*').length") + " elements and "
                    + fresh.evaluate("performance.getEntriesByType('resource').length") + " requests");
        }
    }
}
