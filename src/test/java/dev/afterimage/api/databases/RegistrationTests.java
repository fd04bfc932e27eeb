package dev.afterimage.api.databases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import dev.afterimage.sqlite.EncryptedFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What may be registered, what is told of it, and how it is forgotten. */
class RegistrationTests extends ApiTest {

    private Answer register(String path) {
        return http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(name, path));
    }

    @Test
    void registerAnswersWithPathAndFacts() throws Exception {
        var file = database(name);
        var answer = http.post(
                "/databases",
                "{\"name\": \"%s\", \"path\": \"%s\", \"labels\": {\"team\": \"orders\"}}".formatted(name, file));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.header("Location")).isEqualTo("/api/v1/databases/" + name);
        var database = answer.json();
        assertThat(database.get("path").asString()).isEqualTo(file.toString());
        assertThat(database.get("labels").get("team").asString()).isEqualTo("orders");
        assertThat(database.get("sizeBytes").asLong()).isEqualTo(Files.size(file));
        assertThat(database.get("pageSize").asInt()).isEqualTo(4096);
        assertThat(database.get("pageCount").asLong()).isEqualTo(Files.size(file) / 4096);
        assertThat(database.get("journalMode").asString()).isEqualTo("WAL");
        assertThat(database.get("problem").isNull()).isTrue();
        assertThat(database.get("lastSnapshot").isNull()).isTrue();
    }

    @Test
    void registerWhenPathIsRelativeIsRefused() {
        assertProblem(register("relative.db"), 422, "PATH_NOT_ALLOWED");
    }

    @Test
    void registerWhenPathHasDotsIsRefused() throws Exception {
        database(name);
        assertProblem(register(ROOT + "/../databases/" + name + ".db"), 422, "PATH_NOT_ALLOWED");
    }

    @Test
    void registerWhenLinkLeavesTheRootsIsRefused() throws Exception {
        var outside = database(OUTSIDE.resolve(name + ".db"), "DELETE", 1);
        var link = Files.createSymbolicLink(ROOT.resolve(name + "-link.db"), outside);
        assertProblem(register(link.toString()), 422, "PATH_NOT_ALLOWED");
    }

    @Test
    void registerWhenLinkStaysUnderTheRootsKeepsTheRealPath() throws Exception {
        var file = database(name);
        var link = Files.createSymbolicLink(ROOT.resolve(name + "-link.db"), file);
        assertThat(register(link.toString()).json().get("path").asString()).isEqualTo(file.toString());
    }

    /** As a deploy does it that puts the new release beside the old one. */
    @Test
    void linkOfTheGivenPathThatLeadsElsewhereFailsBackupsAndRestoresUntilThePathIsGivenAnew() throws Exception {
        var first = database(Files.createDirectory(ROOT.resolve(name + "-r1")).resolve("app.db"), "WAL", 1);
        var second = database(Files.createDirectory(ROOT.resolve(name + "-r2")).resolve("app.db"), "WAL", 2);
        var current = Files.createSymbolicLink(ROOT.resolve(name + "-current"), first.getParent());
        var given = current.resolve("app.db").toString();
        var registered = register(given).json();
        assertThat(registered.get("path").asString()).isEqualTo(first.toString());
        assertThat(registered.get("givenPath").asString()).isEqualTo(given);
        var snapshot = snapshot();
        assertThat(http.get("/databases/" + name + "/protection").status()).isEqualTo(200);

        Files.delete(current);
        Files.createSymbolicLink(current, second.getParent());

        var shown = http.get("/databases/" + name).json();
        assertThat(shown.get("problem").get("code").asString()).isEqualTo("DATABASE_MOVED");
        assertThat(shown.get("protection").asString()).isEqualTo("FAILING");
        var protection = http.get("/databases/" + name + "/protection");
        assertThat(protection.status()).isEqualTo(503);
        assertThat(protection.json().get("reason").asString()).contains("DATABASE_MOVED");
        var job = backUp("{}");
        assertThat(job.get("problem").get("code").asString()).isEqualTo("DATABASE_MOVED");
        for (var mode : List.of("REPLACE_LIVE", "REPLACE_FILE")) {
            var restore = "{\"snapshot\": \"%s\", \"target\": {\"database\": \"%s\", \"mode\": \"%s\"}}"
                    .formatted(snapshot, name, mode);
            assertProblem(http.post("/restores", restore), 422, "DATABASE_MOVED");
        }

        var changed = http.patch("/databases/" + name, "{\"path\": \"%s\"}".formatted(given))
                .json();
        assertThat(changed.get("path").asString()).isEqualTo(second.toString());
        assertThat(changed.get("problem").isNull()).isTrue();
        snapshot();
        assertThat(http.get("/databases/" + name + "/protection").status()).isEqualTo(200);
    }

    @Test
    void registerWhenPathIsADirectoryIsRefused() throws Exception {
        var directory = Files.createDirectory(ROOT.resolve(name));
        assertProblem(register(directory.toString()), 422, "NOT_A_DATABASE");
    }

    @Test
    void registerWhenFileIsMissingIsRefusedAndMakesNoFile() {
        var missing = ROOT.resolve(name + "-missing.db");
        assertProblem(register(missing.toString()), 422, "SOURCE_UNREADABLE");
        assertThat(missing).doesNotExist();
        assertProblem(http.get("/databases/" + name), 404, "DATABASE_NOT_FOUND");
    }

    @Test
    void aPathThatLeadsNowhereIsRefusedWithWhatIsMissingAndHowToFindTheRightOne() throws Exception {
        var missing = ROOT.resolve(name + "-missing.db");
        var file = register(missing.toString());
        assertThat(file.json().get("detail").asString()).isEqualTo(missing + " cannot be read: there is no such file");
        assertThat(file.json().get("hint").asString())
                .contains("GET /api/v1/discovery/candidates", "container")
                .doesNotContain("Put the file back");
        assertThat(file.json().get("path").asString()).isEqualTo(missing.toString());

        var directory = ROOT.resolve(name + "-missing");
        assertThat(register(directory + "/data/orders.db").json().get("detail").asString())
                .isEqualTo(directory + "/data/orders.db cannot be read: there is no such directory as " + directory);

        http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(name, database(name)));
        var changed = http.patch("/databases/" + name, "{\"path\": \"%s\"}".formatted(missing));
        assertProblem(changed, 422, "SOURCE_UNREADABLE");
        assertThat(changed.json().get("hint")).isEqualTo(file.json().get("hint"));
    }

    @Test
    void registerWhenFileIsTextIsRefused() throws Exception {
        var text = Files.writeString(ROOT.resolve(name + ".txt"), "This is not a database.\n".repeat(100));
        assertProblem(register(text.toString()), 422, "NOT_A_DATABASE");
    }

    @Test
    void registerWhenFileIsEncryptedIsRefusedWithAWayOut() throws Exception {
        var refused = register(EncryptedFile.of(database(name)).toString());
        assertProblem(refused, 422, "NOT_A_DATABASE");
        assertThat(refused.json().get("hint").asString()).contains("sqlcipher_export");
    }

    @Test
    void registerWhenFileIsTruncatedIsRefused() throws Exception {
        assertProblem(register(truncated(database(name)).toString()), 422, "SOURCE_CORRUPT");
    }

    @Test
    void registerWhenFileIsEmptyTakesItForTheEmptyDatabaseItIs() throws Exception {
        var answer = register(Files.createFile(ROOT.resolve(name + ".db")).toString());
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.json().get("pageCount").asLong()).isZero();
    }

    @Test
    void registerWhenTheFileHasANameAlreadyIsRefusedAndNamesIt() throws Exception {
        var file = database(name);
        register(file);
        var link = Files.createSymbolicLink(ROOT.resolve(name + "-again.db"), file);
        var other = database(name + "-other");
        var body = "{\"name\": \"%s-other\", \"path\": \"%s\"}";
        for (var same : List.of(file, link)) {
            var refused = http.post("/databases", body.formatted(name, same));
            assertProblem(refused, 409, "DATABASE_EXISTS");
            assertThat(refused.json().get("database").asString()).isEqualTo(name);
        }
        assertThat(http.post("/databases", body.formatted(name, other)).status())
                .isEqualTo(201);
        var moved = http.patch("/databases/" + name + "-other", "{\"path\": \"%s\"}".formatted(file));
        assertProblem(moved, 409, "DATABASE_EXISTS");
        assertThat(http.patch("/databases/" + name, "{\"path\": \"%s\"}".formatted(link))
                        .status())
                .as("its own")
                .isEqualTo(200);
    }

    @Test
    void registerWhenThePathIsOutsideTellsTheRootsAndWhereTheyAreSet() {
        var refused = register("/etc/passwd");
        assertProblem(refused, 422, "PATH_NOT_ALLOWED");
        assertThat(refused.json().get("roots")).map(JsonNode::asString).contains(ROOT.toString());
        assertThat(refused.json().get("hint").asString()).contains("afterimage.databases.roots");
    }

    @Test
    void registerWhenNameIsTakenIsRefusedAndLeavesTheFirst() throws Exception {
        var file = database(name);
        register(file);
        var other = database(name + "-other");
        var refused = register(other.toString());
        assertProblem(refused, 409, "DATABASE_EXISTS");
        assertThat(refused.findHeader("Retry-After"))
                .as("waiting would not help")
                .isEmpty();
        assertThat(http.get("/databases/" + name).json().get("path").asString()).isEqualTo(file.toString());
    }

    @Test
    void registerWhenDatabaseIsLockedTellsByWhom() throws Exception {
        var file = database(ROOT.resolve(name + ".db"), "DELETE", 1);
        try (var application = open(file)) {
            application.createStatement().execute("BEGIN EXCLUSIVE");
            var answer = register(file.toString());
            assertProblem(answer, 503, "SOURCE_LOCKED");
            assertThat(answer.header("Retry-After")).isEqualTo("5");
            assertThat(answer.json().get("holders").get(0).get("pid").asLong())
                    .isEqualTo(ProcessHandle.current().pid());
        }
    }

    @Test
    void getWhenFileWasDeletedTellsWhyFactsAreMissing() throws Exception {
        var file = database(name);
        register(file);
        Files.delete(file);
        assertFactsAreMissing("SOURCE_UNREADABLE");
    }

    @Test
    void getWhenFileWasReplacedByTextTellsWhyFactsAreMissing() throws Exception {
        var file = database(name);
        register(file);
        Files.writeString(file, "Something else entirely.\n".repeat(200));
        assertFactsAreMissing("NOT_A_DATABASE");
    }

    @Test
    void getWhenDatabaseIsLockedTellsWhyFactsAreMissing() throws Exception {
        try (var _ = lockedDatabase()) {
            assertFactsAreMissing("SOURCE_LOCKED");
        }
    }

    private void assertFactsAreMissing(String code) {
        var answer = http.get("/databases/" + name);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("problem").get("code").asString()).isEqualTo(code);
        assertThat(answer.json().get("sizeBytes").isNull()).isTrue();
        assertThat(answer.json().get("journalMode").isNull()).isTrue();
    }

    @Test
    void listAnswersByNameOverManyPages() throws Exception {
        for (int i = 0; i < 5; i++) {
            var file = database("%s-%d".formatted(name, i));
            http.post("/databases", "{\"name\": \"%s-%d\", \"path\": \"%s\"}".formatted(name, i, file));
        }
        var names = new ArrayList<String>();
        var cursor = "";
        do {
            var part = http.get("/databases?limit=2" + cursor).json();
            assertThat(part.get("items").size()).isBetween(1, 2);
            part.get("items").forEach(item -> names.add(item.get("name").asString()));
            cursor = part.get("nextCursor").isNull()
                    ? ""
                    : "&cursor=" + part.get("nextCursor").asString();
        } while (!cursor.isEmpty());
        assertThat(names).isSorted().doesNotHaveDuplicates();
        assertThat(names).filteredOn(found -> found.startsWith(name)).hasSize(5);
    }

    @Test
    void listWhenLiveIsAskedForHasFacts() throws Exception {
        register(database(name));
        assertThat(http.get("/databases?limit=500").json().get("items"))
                .allSatisfy(item -> assertThat(item.get("sizeBytes").isNull()).isTrue());
        assertThat(http.get("/databases?limit=500&live=true").json().get("items"))
                .filteredOn(item -> item.get("name").asString().equals(name))
                .allSatisfy(item -> assertThat(item.get("sizeBytes").asLong()).isPositive())
                .hasSize(1);
    }

    @Test
    void changeReplacesWhatIsGiven() throws Exception {
        register(database(name));
        assertThat(http.patch("/databases/" + name, "{\"labels\": {\"a\": \"b\"}}")
                        .status())
                .isEqualTo(200);
        Path moved = database(name + "-moved");
        var changed = http.patch("/databases/" + name, "{\"path\": \"%s\"}".formatted(moved))
                .json();
        assertThat(changed.get("path").asString()).isEqualTo(moved.toString());
        assertThat(changed.get("labels").get("a").asString()).isEqualTo("b");
    }

    @Test
    void changeWhenPathIsNoDatabaseIsRefusedAndChangesNothing() throws Exception {
        var file = database(name);
        register(file);
        assertProblem(http.patch("/databases/" + name, "{\"path\": \"/etc/passwd\"}"), 422, "PATH_NOT_ALLOWED");
        assertThat(http.get("/databases/" + name).json().get("path").asString()).isEqualTo(file.toString());
    }

    @Test
    void removeWhenAJobIsPendingIsRefused() throws Exception {
        try (var _ = lockedDatabase()) {
            var job = http.post("/databases/" + name + "/backups", "").json();
            var refused = http.delete("/databases/" + name);
            assertProblem(refused, 409, "DATABASE_BUSY");
            assertThat(refused.header("Retry-After")).isEqualTo("5");
            http.post("/jobs/" + job.get("id").asString() + "/cancel", "");
            ended(job);
        }
        assertThat(http.delete("/databases/" + name).status()).isEqualTo(204);
    }

    @Test
    void registerWhenNameWasRemovedTakesUpItsSnapshots() throws Exception {
        var file = database(name);
        register(file);
        var snapshot = snapshot();
        assertThat(http.delete("/databases/" + name).status()).isEqualTo(204);
        assertProblem(http.get("/databases/" + name + "/snapshots"), 404, "DATABASE_NOT_FOUND");
        register(file);
        assertThat(http.get("/databases/" + name)
                        .json()
                        .get("lastSnapshot")
                        .get("id")
                        .asString())
                .isEqualTo(snapshot);
    }
}
