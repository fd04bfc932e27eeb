package dev.afterimage.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.bytes.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the files of the dashboard may hold. */
class FilesOfTheDashboardTests {

    private static final Path FILES = Path.of("src/main/resources/static");

    static Stream<Path> scripts() throws IOException {
        return Files.list(FILES.resolve("app"));
    }

    @Test
    void rendererIsTheOneThatItsAuthorsPublished() throws IOException {
        var bytes = Files.readAllBytes(FILES.resolve("vendor/lit-html.js"));

        assertThat(Sha256.hexOf(bytes)) // lit-html 3.3.3 of npm, whose integrity is
                // sha512-el8M6jK2o3RXBnrSHX3ZKrsN8zEV63pSExTO1wYJz7QndGYZ8353e2a5PPX+qHe2aGayfnchQmkAojaWAREOIA==
                .isEqualTo("b878e7f95dec8a9b6e9b217faca6b6a11bad82ebc44c0caa77419ed83edd81f2");
    }

    /** What others wrote becomes text and nothing else. */
    @ParameterizedTest
    @MethodSource("scripts")
    void noScriptMakesMarkupOfText(Path script) throws IOException {
        assertThat(Files.readString(script))
                .doesNotContainPattern(
                        "innerHTML|outerHTML|insertAdjacentHTML|unsafeHTML|document\\.write|eval\\(|new Function");
    }

    /** Below the prefix of a proxy an address that begins with a slash is another service's. */
    @ParameterizedTest
    @MethodSource("scripts")
    void noAddressIsAbsolute(Path script) throws IOException {
        assertThat(Files.readString(script))
                .doesNotContainPattern("(href|src)=\"(/|https?:)|fetch\\(\"(/|https?:)|import .* from \"(/|https?:)");
    }
}
