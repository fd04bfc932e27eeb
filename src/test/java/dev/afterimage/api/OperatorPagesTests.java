package dev.afterimage.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** The console blocks of the operators' pages, run one after the other as an operator would, on databases of this test. */
@EnabledOnOs(OS.LINUX)
class OperatorPagesTests extends ApiTest {

    /** Of the job that a command has waited for; what the service does by itself is told deeper inside. */
    private static final Pattern NOT_DONE = Pattern.compile("(?m)^  \"state\": \"(FAILED|RUNNING)\"");

    private static final Pattern BLOCK = Pattern.compile("(?ms)^( *)```console\n(.*?)^\\1```$");
    private static final List<String> TOOLS = List.of("curl", "jq", "openssl", "rsync", "sqlite3");

    /** What cannot be run here, by words of it, and why. Each must still be there. */
    private enum NotRun {
        MAVEN("./mvnw package", "builds this project"),
        INSTALL("useradd --system", "needs root and systemd; OperatorFilesTests has systemd verify the unit"),
        PACKAGE("apt install", "needs root; .ci/packages installs, upgrades and removes packages"),
        REMOVE_PACKAGE("apt remove", "as well"),
        PERMISSIONS("chgrp shop", "needs the group"),
        ASK_HEALTH("curl -sS -H \"Authorization: Bearer $TOKEN\" http", "is done by all others"),
        IMAGE("docker load", "needs an engine; .ci/image runs the image, ContainerTests that of the Dockerfile"),
        LONGER_STOP("--stop-timeout", "needs an engine"),
        DEMO("./mvnw spring-boot:run", "DemoTests run it"),
        BUILD("./mvnw verify", "builds this project, and runs this test"),
        JAR("java -jar target/afterimage.jar --afterimage.home", "starts another service"),
        START("java -jar /opt/afterimage/afterimage.jar --afterimage.home", "starts another service"),
        STOP("systemctl stop shop\ncall", "needs systemd; ReplaceTests replace files"),
        PUT_IN_PLACE("systemctl stop shop\nmkdir", "needs systemd"),
        DAMAGED_CATALOG("systemctl stop afterimage\nmkdir", "needs systemd; LostCatalogTests move the catalog away"),
        START_AGAIN("systemctl start afterimage\n", "needs systemd"),
        NEW_REPOSITORY("\\\"force\\\": true", "would quarantine the snapshots of all tests"),
        COLLAPSE(
                "SNAPSHOT=$(call $API/databases/orders/collapses",
                "needs a collapse; CollapseApiTests acknowledge one"),
        WEBHOOK("$API/webhooks --json", "needs a receiver; WebhookTests have one"),
        HEARTBEAT("/heartbeat --json", "needs a receiver; HeartbeatTests have one"),
        ALERTS("promtool", "MetricsTests run it"),
        JOURNAL("journalctl -u afterimage -n", "needs systemd"),
        TUNNEL("ssh -L", "needs another machine"),
        TLS("--cacert tls.crt", "needs a service with TLS; TlsTests start one"),
        NEW_ADMIN_TOKEN("systemctl restart afterimage", "needs systemd"),
        SQLCIPHER("sqlcipher", "needs SQLCipher"),
        EXTRACT("afterimage extract", "needs the packages; ExtractTests run it"),
        READER("read_snapshot.py", "ReadSnapshotScriptTests run it"),
        RECOVER("afterimage recover", "needs a lost host; RecoverTests run it"),
        FIRST_START("systemctl enable --now afterimage\n", "needs systemd"),
        REMOVE("systemctl disable", "needs systemd"),
        REMOVE_IMAGE("docker rm", "needs an engine"),
        REPLACE_JAR("systemctl stop afterimage\ninstall", "needs systemd"),
        COPY_HOME("rsync -a /var/lib/afterimage/ newhost", "needs another machine");

        private final String words;

        NotRun(String words, String reason) {
            assertThat(reason).isNotBlank();
            this.words = words;
        }
    }

    private static final Path PAGES_HOME = HOME.resolveSibling("pages-home");
    private static final Path PAGES_COPY = OUTSIDE.resolve("pages-copy");

    @TempDir
    Path dir;

    private @Nullable JsonNode moment;

    /** The pages ask about all databases, and set what holds for all of them. */
    @DynamicPropertySource
    static void homeOfItsOwn(DynamicPropertyRegistry properties) {
        properties.add("api.home", PAGES_HOME::toString);
        properties.add("afterimage.copies.offsite.location", PAGES_COPY::toString);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../README.md",
                "README.md",
                "ci.md",
                "first-hour.md",
                "protect.md",
                "restore.md",
                "following.md",
                "disaster.md",
                "watch.md",
                "trouble.md",
                "secure.md",
                "size.md",
                "upgrade.md",
                "move.md",
                "uninstall.md"
            })
    void commandsDoWhatThePageSays(String page) throws Exception {
        var blocks = blocks(page).stream()
                .filter(block -> Stream.of(NotRun.values()).noneMatch(one -> block.contains(one.words)))
                .toList();
        assertThat(blocks).isNotEmpty();
        assumeThat(TOOLS.stream().filter(String.join("\n", blocks)::contains)).allMatch(OperatorPagesTests::isOnPath);
        prepare(page);
        var script = new ArrayList<String>();
        script.add("set -euo pipefail");
        script.add("API=http://127.0.0.1:8080/api/v1; TOKEN=$(cat /var/lib/afterimage/admin-token)");
        script.add("call() { curl -sS --fail-with-body -H \"Authorization: Bearer $TOKEN\" \"$@\"; }");
        blocks.forEach(block -> script.add("cat <<'BLOCK'\n" + block + "BLOCK\n" + block)); // told, then done

        var output = dir.resolve("output").toFile();
        var process = new ProcessBuilder("bash", "-c", here(String.join("\n", script)))
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();

        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        var said = Files.readString(output.toPath());
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said).doesNotContainPattern(NOT_DONE);
    }

    /** Of install.md and settings.md nothing can be run. */
    @Test
    void whatIsNotRunIsStillThere() throws Exception {
        try (Stream<Path> documents = Files.list(Path.of("docs"))) {
            var all = new ArrayList<String>();
            for (var document :
                    documents.filter(file -> file.toString().endsWith(".md")).toList()) {
                all.addAll(blocks(document.getFileName().toString()));
            }
            all.addAll(blocks("../README.md"));
            assertThat(NotRun.values()).allSatisfy(one -> assertThat(all).anyMatch(block -> block.contains(one.words)));
        }
    }

    /** What holds for all, and what pages about all would meet. */
    @AfterEach
    void removeDefaultsAndDatabases() {
        http.delete("/databases/" + name + "/follow");
        http.delete("/databases/" + name + "-stock/follow");
        http.delete("/databases/" + name);
        http.delete("/databases/" + name + "-stock");
        http.delete("/schedule");
        http.delete("/retention");
    }

    private static boolean isOnPath(String command) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, command)));
    }

    /** The databases orders and stock, under names of this test; one page registers them itself, another one makes them, too. */
    private void prepare(String page) throws Exception {
        if (page.equals("first-hour.md")) {
            return;
        }
        register(small(name + "-stock"), name + "-stock");
        var orders = small(name);
        database(dir.resolve(name + "-2025-12-31.db"), "DELETE", 100);
        emptiedBesideItsWal();
        if (!List.of("protect.md", "../README.md").contains(page)) {
            register(orders, name);
            var group = http.post("/backups", "{\"databases\": [\"%s\", \"%s-stock\"]}".formatted(name, name));
            ended(group.json());
            backUp("{}");
        }
        if (page.equals("restore.md")) {
            haveMoments();
        }
    }

    /** Both are followed, and orders has two commits. */
    private void haveMoments() throws Exception {
        for (var followed : List.of(name, name + "-stock")) {
            http.send("PUT", "/databases/" + followed + "/follow", "{\"interval\": \"100ms\", \"besideSource\": true}");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> http.get("/databases/" + followed + "/follow")
                            .text()
                            .contains("FOLLOWING"));
            ended(http.post("/databases/" + followed + "/backups", "{\"method\": \"SCAN\"}")
                    .json());
        }
        var flush = "/databases/" + name + "/follow/flush";
        try (var connection = open(ROOT.resolve(name + ".db"));
                var statement = connection.createStatement()) {
            statement.execute("INSERT INTO item (name) VALUES ('one')");
            moment = http.post(flush, "").json();
            statement.execute("INSERT INTO item (name) VALUES ('two')");
        }
        http.post(flush, "");
    }

    private static Path small(String name) throws SQLException {
        return database(ROOT.resolve(name + ".db"), "WAL", 100);
    }

    private void register(Path file, String as) {
        var answer = http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(as, file));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    }

    /** All of the database is in the WAL, which a copy takes before the last connection removes it. */
    private void emptiedBesideItsWal() throws Exception {
        var file = dir.resolve("whole.db");
        try (var connection = open(file);
                var statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA wal_autocheckpoint = 0");
            statement.execute("CREATE TABLE item (id INTEGER PRIMARY KEY)");
            var emptied = ROOT.resolve(name + "-emptied.db");
            Files.createFile(emptied);
            Files.copy(Path.of(file + "-wal"), Path.of(emptied + "-wal"));
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> blocks(String page) throws Exception {
        return BLOCK.matcher(Files.readString(Path.of("docs", page)))
                .results()
                .map(found -> found.group(2).replaceAll("(?m)^" + found.group(1), ""))
                .toList();
    }

    private String atMoment(String script) {
        if (moment == null) {
            return script;
        }
        long commit = moment.get("commit").asLong();
        return script.replaceAll("\\b42\\b", String.valueOf(commit))
                .replaceAll("\\b43\\b", String.valueOf(commit + 1))
                .replaceAll("2026-11-27T10:15:03(\\.2)?Z", moment.get("takenAt").asString()); // last: it may have a 42
    }

    /** This service, its home and the databases of this test in the places of those of the pages. */
    private String here(String script) {
        return atMoment(script)
                .replace("http://127.0.0.1:8080", http.uri("//").toString().replaceAll("/+$", ""))
                .replace("/var/lib/afterimage", PAGES_HOME.toString())
                .replace("/srv/afterimage", PAGES_HOME.toString())
                .replace("/mnt/copy", dir.resolve("copy").toString())
                .replace("/srv/shop/emptied", ROOT.resolve(name + "-emptied").toString())
                .replace("/srv/shop", ROOT.toString())
                .replaceAll("\\borders\\b", name)
                .replaceAll("\\bstock\\b", name + "-stock");
    }
}
