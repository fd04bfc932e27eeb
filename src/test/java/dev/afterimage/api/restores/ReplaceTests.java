package dev.afterimage.api.restores;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Restores over databases that are there, as jobs, and back again. */
class ReplaceTests extends ApiTest {

    private Path file() {
        return ROOT.resolve(name + ".db");
    }

    private Answer restore(String snapshot, String target, String more) {
        return http.post("/restores", "{\"snapshot\": \"%s\", \"target\": %s%s}".formatted(snapshot, target, more));
    }

    private String over(String mode) {
        return "{\"database\": \"%s\", \"mode\": \"%s\"}".formatted(name, mode);
    }

    private JsonNode restored(String snapshot, String target) {
        return succeeded(restore(snapshot, target, ""));
    }

    private JsonNode succeeded(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        var job = ended(answer.json());
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        return job.get("result");
    }

    private static long rows(Connection application) throws SQLException {
        try (var rows = application.createStatement().executeQuery("SELECT count(*) FROM item")) {
            return rows.getLong(1);
        }
    }

    private static void change(Connection application) throws SQLException {
        application.createStatement().execute("DELETE FROM item WHERE id > 1000");
    }

    private byte[] content(String snapshot) {
        return http.get("/snapshots/" + snapshot + "/content").bytes();
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void replaceLiveChangesWhatAnOpenConnectionSeesAndItsSafetySnapshotUndoesThat(String journalMode) throws Exception {
        register(database(file(), journalMode, 2_000));
        var first = snapshot();
        try (var application = open(file())) {
            change(application);
            assertThat(rows(application)).isEqualTo(1_000);
            var before = Files.readAllBytes(file());

            var result = restored(first, over("REPLACE_LIVE"));

            assertThat(rows(application)).isEqualTo(2_000);
            assertThat(result.get("path").asString()).isEqualTo(file().toString());
            assertThat(result.get("lockHeldMillis").asLong()).isPositive();
            var safety = result.get("safetySnapshot").asString();
            var snapshot = http.get("/snapshots/" + safety).json();
            assertThat(snapshot.get("pinned").asBoolean()).isTrue();
            assertThat(snapshot.get("labels").get("safety-of").asString()).isNotBlank();

            restored(safety, over("REPLACE_LIVE"));
            assertThat(rows(application)).isEqualTo(1_000);
            if (journalMode.equals("DELETE")) {
                assertSameBytes(withoutCounters(Files.readAllBytes(file())), withoutCounters(before));
            }
            assertSameBytes(withoutCounters(content(snapshot())), withoutCounters(content(safety)));
        }
    }

    @Test
    void replaceLiveWithoutASafetySnapshotTakesNone() throws Exception {
        var id = snapshotOfNewDatabase();
        var result = succeeded(restore(id, over("REPLACE_LIVE"), ", \"safetySnapshot\": false"));
        assertThat(result.has("safetySnapshot")).isFalse();
        assertThat(http.get("/databases/" + name + "/snapshots").json().get("items"))
                .hasSize(1);
    }

    @Test
    void replaceLiveWhenAWriterKeepsTheLockFailsAndNamesItAndTakesItsSafetySnapshotBack() throws Exception {
        var id = snapshotOfNewDatabase();
        try (var writer = open(file())) {
            writer.createStatement().execute("BEGIN IMMEDIATE");
            writer.createStatement().execute("DELETE FROM item");
            var answer = restore(id, over("REPLACE_LIVE"), ", \"deadline\": \"1s\"");
            var job = ended(answer.json());
            assertThat(job.get("problem").get("code").asString()).isEqualTo("TARGET_IN_USE");
            assertThat(job.get("problem").get("holders")).as(job.toString()).isNotNull();
            writer.createStatement().execute("ROLLBACK");
            assertThat(rows(writer)).isEqualTo(2_000);
        }
        assertThat(http.get("/databases/" + name + "/snapshots").json().get("items"))
                .hasSize(1);
    }

    @Test
    void replaceLiveWhenTheTargetHasPagesOfAnotherSizeSaysSo() throws Exception {
        var id = snapshotOfNewDatabase();
        var other = ROOT.resolve(name + "-pages.db");
        try (var connection = open(other)) {
            connection.createStatement().execute("PRAGMA page_size = 8192");
            connection.createStatement().execute("CREATE TABLE mine (x)");
            try (var mode = connection.createStatement()) {
                mode.execute("PRAGMA journal_mode = WAL");
            }
            var job = ended(restore(
                            id,
                            "{\"path\": \"%s\", \"mode\": \"REPLACE_LIVE\"}".formatted(other),
                            ", \"safetySnapshot\": false")
                    .json());
            assertThat(job.get("problem").get("code").asString())
                    .as(job.toString())
                    .isEqualTo("TARGET_PAGE_SIZE");
            assertThat(job.get("problem").get("hint").asString()).contains("REPLACE_FILE");
            assertThat(connection.createStatement().execute("SELECT * FROM mine"))
                    .isTrue();
        }
    }

    @Test
    void replaceFileKeepsTheOldFilesAndModeInAFolderBeside() throws Exception {
        var id = snapshotOfNewDatabase();
        try (var application = open(file())) {
            change(application);
        }
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
        var before = Files.readAllBytes(file());

        var result = restored(id, over("REPLACE_FILE"));

        assertSameBytes(Files.readAllBytes(file()), content(id));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-r-----");
        var old = Path.of(result.get("oldFiles").asString()).resolve(file().getFileName());
        assertSameBytes(Files.readAllBytes(old), before);
        assertThat(result.has("safetySnapshot")).isFalse();
    }

    @Test
    void replaceFileWithASafetySnapshotCanBeUndoneByteForByte() throws Exception {
        var id = snapshotOfNewDatabase();
        try (var application = open(file())) {
            change(application);
            application.createStatement().execute("PRAGMA journal_mode = DELETE"); // nothing stays in a WAL
        }
        var before = Files.readAllBytes(file());
        var result = succeeded(restore(id, over("REPLACE_FILE"), ", \"safetySnapshot\": true"));
        restored(result.get("safetySnapshot").asString(), over("REPLACE_FILE"));
        assertSameBytes(Files.readAllBytes(file()), before);
    }

    @Test
    void replaceFileWhenSomebodyHasTheFileOpenFailsAndNamesThem() throws Exception {
        var id = snapshotOfNewDatabase();
        try (var application = open(file())) {
            rows(application);
            var job = ended(
                    restore(id, over("REPLACE_FILE"), ", \"deadline\": \"1s\"").json());
            assertThat(job.get("problem").get("code").asString()).isEqualTo("TARGET_IN_USE");
            assertThat(job.get("problem").get("holders").get(0).get("pid").asLong())
                    .isEqualTo(ProcessHandle.current().pid());
            assertThat(rows(application)).isEqualTo(2_000);
        }
    }

    @Test
    void replaceWhileABackupOfTheDatabaseRunsWaitsForIt() throws Exception {
        var id = snapshotOfNewDatabase();
        var backup = http.post("/databases/" + name + "/backups", """
                {"method": "ONLINE", "verify": "NONE", "maxBytesPerSecond": "400KB"}""").json();
        var restore = restore(id, over("REPLACE_LIVE"), "").json();
        var restored = ended(restore);
        assertThat(restored.get("state").asString()).as(restored.toString()).isEqualTo("SUCCEEDED");
        var taken = http.get("/jobs/" + backup.get("id").asString()).json();
        assertThat(taken.get("state").asString()).isEqualTo("SUCCEEDED");
        assertThat(Instant.parse(restored.get("startedAt").asString()))
                .isAfterOrEqualTo(Instant.parse(taken.get("finishedAt").asString()));
    }

    @Test
    void restoreInThePlaceOfAnotherDatabaseIsRefusedUnlessThatIsNamed() throws Exception {
        var id = snapshotOfNewDatabase();
        var other = "other-" + UUID.randomUUID();
        var file = database(ROOT.resolve(other + ".db"), "WAL", 10);
        assertThat(http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(other, file))
                        .status())
                .isEqualTo(201);
        for (var mode : new String[] {"REPLACE_LIVE", "REPLACE_FILE"}) {
            var target = "{\"path\": \"%s\", \"mode\": \"%s\"}".formatted(file, mode);
            assertProblem(restore(id, target, ""), 409, "TARGET_OTHER_DATABASE");
        }
        restored(id, "{\"database\": \"%s\", \"mode\": \"REPLACE_LIVE\"}".formatted(other));
        try (var application = open(file)) {
            assertThat(rows(application)).isEqualTo(2_000);
        }
        Files.delete(file);
        var newFile = "{\"path\": \"%s\", \"mode\": \"NEW_FILE\"}".formatted(file);
        assertProblem(restore(id, newFile, ""), 409, "TARGET_OTHER_DATABASE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"REPLACE_LIVE", "REPLACE_FILE"})
    void replaceWhenItDoesNotNameWhatIsReplacedIsRefusedAndNothingIsSubmitted(String mode) throws Exception {
        var id = snapshotOfNewDatabase();
        var target = "{\"mode\": \"%s\"}".formatted(mode);
        var refused = restore(id, target, "");
        assertInvalid(refused, "target");
        assertThat(refused.json().get("detail").asString()).contains("'" + name + "'");
        var latest = "{\"snapshot\": \"latest\", \"database\": \"%s\", \"target\": %s}".formatted(name, target);
        assertInvalid(http.post("/restores", latest), "target");
        assertInvalid(http.post("/restores?dryRun=true", latest), "target");
        assertThat(http.get("/jobs?kind=RESTORE&database=" + name).json().get("items"))
                .isEmpty();
        try (var application = open(file())) {
            assertThat(rows(application)).isEqualTo(2_000);
        }
    }

    @Test
    void replaceWhatIsNoFileIsRefused() throws Exception {
        var id = snapshotOfNewDatabase();
        var directory = Files.createDirectory(ROOT.resolve(name + "-directory"));
        var link = Files.createSymbolicLink(ROOT.resolve(name + "-link"), file());
        var named = Files.createLink(
                ROOT.resolve(name + "-named.db"), database(ROOT.resolve(name + "-twice.db"), "DELETE", 10));
        for (var mode : new String[] {"REPLACE_LIVE", "REPLACE_FILE"}) {
            for (var path : new Path[] {directory, link, named, ROOT.resolve(name + "-missing.db")}) {
                var target = "{\"path\": \"%s\", \"mode\": \"%s\"}".formatted(path, mode);
                assertProblem(restore(id, target, ", \"safetySnapshot\": false"), 422, "TARGET_NOT_REPLACEABLE");
            }
            var outside = "{\"path\": \"%s\", \"mode\": \"%s\"}".formatted(OUTSIDE.resolve("x.db"), mode);
            assertProblem(restore(id, outside, ""), 422, "PATH_NOT_ALLOWED");
        }
    }

    @Test
    void replaceLiveByASnapshotOfAnEmptyFileEmptiesTheDatabaseAndItsSafetySnapshotUndoesThat() throws Exception {
        register(Files.createFile(file()));
        var id = snapshot();
        database(file(), "DELETE", 2_000);
        try (var application = open(file())) {
            assertThat(rows(application)).isEqualTo(2_000);
            var result = restored(id, over("REPLACE_LIVE"));
            try (var tables = application.createStatement().executeQuery("SELECT count(*) FROM sqlite_schema")) {
                assertThat(tables.getLong(1)).isZero();
            }
            restored(result.get("safetySnapshot").asString(), over("REPLACE_LIVE"));
            assertThat(rows(application)).isEqualTo(2_000);
        }
    }

    @Test
    void restoreWhoseFileDoesNotPassItsCheckSaysHowToDoWithoutOne() throws Exception {
        register(withBrokenPage(database(name), 20));
        var target = "{\"path\": \"%s\"}".formatted(ROOT.resolve(name + "-broken.db"));
        var id = snapshot();
        var problem = ended(restore(id, target, "").json()).get("problem");
        assertThat(problem.get("code").asString()).isEqualTo("CHECK_FAILED");
        assertThat(problem.get("hint").asString()).contains("\"verify\": \"NONE\"");
        succeeded(restore(id, target, ", \"verify\": \"NONE\""));
    }

    @Test
    void requestsWhosePartsDoNotGoTogetherAreRefused() throws Exception {
        var id = snapshotOfNewDatabase();
        var path = "\"path\": \"%s\"".formatted(ROOT.resolve(name + "-x.db"));
        assertInvalid(restore(id, "{}", ""), "target.path");
        assertInvalid(restore(id, "{%s, \"database\": \"%s\"}".formatted(path, name), ""), "target");
        assertInvalid(restore(id, "{%s}".formatted(path), ", \"safetySnapshot\": true"), "safetySnapshot");
        assertInvalid(restore(id, over("REPLACE_LIVE"), ", \"allowDamaged\": true"), "allowDamaged");
        var unregistered = database(ROOT.resolve(name + "-unregistered.db"), "WAL", 10);
        assertInvalid(
                restore(id, "{\"path\": \"%s\", \"mode\": \"REPLACE_LIVE\"}".formatted(unregistered), ""),
                "safetySnapshot");
    }

    @Test
    void snapshotsOfARemovedDatabaseCanBeRestoredToAFileButReplaceNothing() throws Exception {
        var id = snapshotOfNewDatabase();
        assertThat(http.delete("/databases/" + name).status()).isEqualTo(204);
        assertProblem(restore(id, over("REPLACE_LIVE"), ""), 404, "DATABASE_NOT_FOUND");
        var target = ROOT.resolve(name + "-restored.db");
        restored(id, "{\"path\": \"%s\"}".formatted(target));
        assertSameBytes(Files.readAllBytes(target), content(id));
    }
}
