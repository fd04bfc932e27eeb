package dev.afterimage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Links between the documents, and the pages that code and files name, lead somewhere. */
class DocumentLinksTests {

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
    private static final Pattern FENCED = Pattern.compile("(?ms)^ *```.*?^ *```$");
    private static final Pattern NAMED = Pattern.compile("\\bdocs/[a-z-]+\\.md");

    @Test
    void linksLeadToFilesAndHeadings() throws Exception {
        var broken = new ArrayList<String>();
        for (var document : documents()) {
            for (var link : linksOf(document)) {
                if (!link.contains("://") && !leadsSomewhere(document, link)) {
                    broken.add(document + ": " + link);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    /** Such as hints of problems, comments of the systemd unit, and the Javadoc of tests. */
    @Test
    void pagesThatFilesNameAreThere() throws Exception {
        try (var sources = Stream.of(Path.of("src"), Path.of("ops"), Path.of("docs"), Path.of("examples"))
                .flatMap(DocumentLinksTests::filesIn)) {
            var named = sources.flatMap(file -> NAMED.matcher(text(file)).results())
                    .map(found -> Path.of(found.group()))
                    .collect(toSet());
            assertThat(named).isNotEmpty().allSatisfy(page -> assertThat(page).exists());
        }
    }

    private static List<Path> documents() {
        return Stream.of(Path.of("README.md"), Path.of("CONTRIBUTING.md"), Path.of("SECURITY.md"), Path.of("docs"))
                .flatMap(DocumentLinksTests::filesIn)
                .filter(file -> file.toString().endsWith(".md"))
                .toList();
    }

    private static Stream<Path> filesIn(Path directory) {
        try {
            return Files.walk(directory).filter(Files::isRegularFile);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> linksOf(Path document) {
        return LINK.matcher(FENCED.matcher(text(document)).replaceAll(""))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private static boolean leadsSomewhere(Path from, String link) {
        var parts = link.split("#", 2);
        var file = parts[0].isEmpty() ? from : from.resolveSibling(parts[0]).normalize();
        return Files.exists(file) && (parts.length == 1 || anchorsOf(file).contains(parts[1]));
    }

    /** As GitHub makes them of headings. */
    private static Set<String> anchorsOf(Path file) {
        return HEADING.matcher(FENCED.matcher(text(file)).replaceAll(""))
                .results()
                .map(found -> found.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 _-]", "")
                        .replace(' ', '-'))
                .collect(toSet());
    }

    private static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), ISO_8859_1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
