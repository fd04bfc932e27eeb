package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.catalog.TestCatalog;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What systemd, cron or a container start without a locale: there, names of files are ASCII to Java. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere names of files do not depend on LC_ALL")
class LocaleTests {

    @TempDir
    Path dir;

    private ServiceSetup setup;

    /** The file gets its name from a shell, since this JVM may have no such locale either. */
    @BeforeEach
    void registerADatabaseWithAnUmlaut() throws Exception {
        setup = ServiceSetup.in(dir.toRealPath());
        var root = setup.root();
        var books = root.resolve("books.db");
        var users = root.resolve("users.db");
        Users.create(books, "WAL");
        Users.create(users, "WAL");
        try (var catalog = new TestCatalog(setup.home(), root, Clock.systemUTC())) {
            catalog.databases.add("books", books, Map.of());
            catalog.databases.add("users", users, Map.of());
            catalog.catalog
                    .update("UPDATE database SET path = :path, given_path = :path WHERE name = 'books'")
                    .param("path", root + "/b\u00fccher.db")
                    .update();
        }
        var move = new ProcessBuilder("sh", "-c", "mv \"$1\" \"$(printf '%s/b\\303\\274cher.db' \"$2\")\"", "sh")
                .inheritIO();
        move.command().addAll(List.of(books.toString(), root.toString()));
        assertThat(move.start().waitFor()).isZero();
    }

    @Test
    void startWithoutAUtf8LocaleTellsWhatToDoAboutThePathsThatItCannotExpress() throws Exception {
        try (var service = setup.launchedBy(List.of("env", "LC_ALL=C")).start()) {
            var client = service.client();
            var problem = client.get("databases/books").body().get("problem");
            assertThat(problem.get("code").asString()).isEqualTo("SOURCE_UNREADABLE");
            assertThat(problem.get("hint").asString()).contains("LC_ALL=C.UTF-8");
            var failed = client.backup("books");
            assertThat(failed.get("state").asString()).isEqualTo("FAILED");
            assertThat(failed.get("problem").get("hint").asString()).contains("LC_ALL=C.UTF-8");
            var good = client.backup("users");
            assertThat(good.get("state").asString()).as("%s", good).isEqualTo("SUCCEEDED");
            assertThat(service.output()).contains("such as books, cannot be named in this locale");
        }
        try (var service = setup.launchedBy(List.of("env", "LC_ALL=C.UTF-8")).start()) { // the hint works
            var good = service.client().backup("books");
            assertThat(good.get("state").asString()).as("%s", good).isEqualTo("SUCCEEDED");
        }
    }
}
