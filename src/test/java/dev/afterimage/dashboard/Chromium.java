package dev.afterimage.dashboard;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** The browser of the machine, started once for all tests of this JVM. Nothing is downloaded. */
final class Chromium {

    private static final String WHY = "there is no Chromium: install it, or name one in the variable CHROMIUM";

    /** A name that this browser alone knows: this machine, but not as localhost. So are names below it. */
    static final String LAN_HOST = "backup.lan";

    private static final List<String> USUAL = List.of(
            "/usr/bin/chromium",
            "/usr/bin/chromium-browser",
            "/usr/bin/google-chrome",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");

    private static Browser browser;

    private Chromium() {}

    /** Skips the test where there is none, which .ci/run tells; where variable CHROMIUM_REQUIRED is set, that is a failure. */
    static Browser get() {
        if (browser == null) {
            var path = path();
            if (path.isEmpty() && System.getenv("CHROMIUM_REQUIRED") != null) {
                throw new IllegalStateException(WHY);
            }
            Assumptions.assumeTrue(path.isPresent(), WHY);
            browser = start(path.orElseThrow());
        }
        return browser;
    }

    private static Optional<Path> path() {
        var named = System.getenv("CHROMIUM");
        return (named == null ? USUAL.stream() : List.of(named).stream())
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static Browser start(Path path) {
        var playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        Runtime.getRuntime().addShutdownHook(new Thread(playwright::close));
        return playwright
                .chromium()
                .launch(new LaunchOptions()
                        .setExecutablePath(path)
                        .setArgs(List.of(
                                "--no-sandbox", // it shows nothing of others, and root may not have one
                                "--host-resolver-rules=MAP " + LAN_HOST + " 127.0.0.1, MAP *." + LAN_HOST
                                        + " 127.0.0.1")));
    }
}
