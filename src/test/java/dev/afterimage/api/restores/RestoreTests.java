package dev.afterimage.api.restores;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Restores as they are asked for: what is refused at once, and what is done. */
class RestoreTests extends ApiTest {

    private Answer restore(String snapshot, Object target) {
        return http.post(
                "/restores", "{\"snapshot\": \"%s\", \"target\": {\"path\": \"%s\"}}".formatted(snapshot, target));
    }

    private Path target() {
        return ROOT.resolve(name + "-restored.db");
    }

    @Test
    void restoreMakesTheFileOfTheDownload() throws Exception {
        var id = snapshotOfNewDatabase();
        var job = ended(restore(id, target()).json());
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        assertSameBytes(
                Files.readAllBytes(target()),
                http.get("/snapshots/" + id + "/content").bytes());
    }

    @Test
    void restoreOfTheLatestIsOfTheNewestGoodOneAndNeverOfASafetySnapshot() throws Exception {
        var file = database(name);
        register(file);
        backUp("{}");
        try (var application = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            application.createStatement().execute("INSERT INTO item (name) VALUES ('second')");
        }
        var second = backUp("{}").get("result").get("snapshotId").asString();
        var live = "{\"snapshot\": \"latest\", \"target\": {\"database\": \"%s\", \"mode\": \"REPLACE_LIVE\"}}"
                .formatted(name);
        var replaced = ended(http.post("/restores", live).json());
        assertThat(replaced.at("/result/safetySnapshot").asString())
                .as("it is newer")
                .isNotEqualTo(second);

        var latest = "{\"snapshot\": \"latest\", \"database\": \"%s\", \"target\": {\"path\": \"%s\"}}";
        var job = ended(http.post("/restores", latest.formatted(name, target())).json());
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        assertSameBytes(
                Files.readAllBytes(target()),
                http.get("/snapshots/" + second + "/content").bytes());
    }

    @Test
    void restoreWhenTheDatabaseIsMissingOrAnotherIsRefused() throws Exception {
        var id = snapshotOfNewDatabase();
        var wanted = "{\"snapshot\": \"%s\"%s, \"target\": {\"path\": \"" + target() + "\"}}";
        assertInvalid(http.post("/restores", wanted.formatted("latest", "")), "database");
        assertInvalid(http.post("/restores", wanted.formatted(id, ", \"database\": \"another\"")), "database");
        var empty = "{\"name\": \"empty-%s\", \"path\": \"%s\"}".formatted(name, database("empty-" + name));
        assertThat(http.post("/databases", empty).status()).isEqualTo(201);
        var none = http.post("/restores", wanted.formatted("latest", ", \"database\": \"empty-" + name + "\""));
        assertProblem(none, 404, "SNAPSHOT_NOT_FOUND");
    }

    @Test
    void restoreWhenTargetExistsIsRefusedAtOnceAndLeavesIt() throws Exception {
        var id = snapshotOfNewDatabase();
        Files.writeString(target(), "precious");
        assertProblem(restore(id, target()), 409, "TARGET_EXISTS");
        assertThat(target()).hasContent("precious");
        assertThat(http.get("/jobs?kind=RESTORE&database=" + name).json().get("items"))
                .isEmpty();
    }

    @Test
    void restoreWhenTheTargetsWalExistsIsRefused() throws Exception {
        var id = snapshotOfNewDatabase();
        Files.writeString(target().resolveSibling(target().getFileName() + "-wal"), "");
        assertProblem(restore(id, target()), 409, "TARGET_EXISTS");
    }

    @Test
    void restoreWhenTargetIsNotAllowedIsRefused() throws Exception {
        var id = snapshotOfNewDatabase();
        assertProblem(restore(id, OUTSIDE.resolve("restored.db")), 422, "PATH_NOT_ALLOWED");
        assertProblem(restore(id, "restored.db"), 422, "PATH_NOT_ALLOWED");
        assertProblem(restore(id, ROOT + "/../restored.db"), 422, "PATH_NOT_ALLOWED");
        assertProblem(restore(id, ROOT.resolve("no-such-directory/restored.db")), 422, "PATH_NOT_ALLOWED");
        var link = Files.createSymbolicLink(ROOT.resolve(name + "-link"), OUTSIDE);
        assertProblem(restore(id, link.resolve("restored.db")), 422, "PATH_NOT_ALLOWED");
    }

    @Test
    void restoreWhenSnapshotIsUnknownIsRefused() {
        assertProblem(restore("01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc", target()), 404, "SNAPSHOT_NOT_FOUND");
    }

    @Test
    void restoreWhenSnapshotIsQuarantinedIsRefused() throws Exception {
        register(withBrokenPage(database(name), 20));
        var id = backUp("{}").get("problem").get("snapshotId").asString();
        assertProblem(restore(id, target()), 409, "SNAPSHOT_QUARANTINED");
    }

    @Test
    void restoreWhenSnapshotIsQuarantinedAndDamageIsAllowedWritesWhatCanBeProven() throws Exception {
        register(withBrokenPage(database(name), 20));
        var id = backUp("{}").get("problem").get("snapshotId").asString();
        var job = ended(salvage(id));
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        assertThat(job.get("result").get("lostPages"))
                .as("what was captured is stored as it was")
                .isEmpty();
        assertSameBytes(
                Files.readAllBytes(target()),
                http.get("/snapshots/" + id + "/content?allowDamaged=true").bytes());
    }

    @Test
    void restoreWhenStoredPagesAreDamagedAndThatIsAllowedNamesThePagesThatAreLost() throws Exception {
        var id = snapshotOfNewDatabase();
        var content = http.get("/snapshots/" + id + "/content").bytes();
        damageLayerOf(id);
        var job = ended(salvage(id));
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        var restored = Files.readAllBytes(target());
        var lost = job.get("result").get("lostPages");
        assertThat(lost).isNotEmpty();
        for (var range : lost) {
            int first = (range.get("first").asInt() - 1) * 4096;
            int end = range.get("last").asInt() * 4096;
            assertSameBytes(Arrays.copyOfRange(restored, first, end), new byte[end - first]);
            System.arraycopy(content, first, restored, first, end - first);
        }
        assertSameBytes(restored, content);
        assertThat(job.get("result").has("sha256")).isFalse();
        http.delete("/snapshots/" + id + "?force=true"); // other tests check the whole repository
    }

    private JsonNode salvage(String id) {
        var body = "{\"snapshot\": \"%s\", \"target\": {\"path\": \"%s\"}, \"allowDamaged\": true}";
        return http.post("/restores", body.formatted(id, target())).json();
    }

    /** In the middle of the file, where its pages are. */
    private static void damageLayerOf(String id) throws IOException {
        Path manifest;
        try (var files = Files.walk(HOME.resolve("repository/manifests"))) {
            manifest = files.filter(path -> path.endsWith(id + ".json"))
                    .findFirst()
                    .orElseThrow();
        }
        var directory =
                HOME.resolve("repository/layers").resolve(manifest.getParent().getFileName());
        try (var layers = Files.list(directory);
                var layer = FileChannel.open(layers.findFirst().orElseThrow(), StandardOpenOption.WRITE)) {
            layer.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), layer.size() / 2);
        }
    }
}
