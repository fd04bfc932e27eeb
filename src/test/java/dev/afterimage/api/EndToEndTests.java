package dev.afterimage.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** The way of a database through the whole service. */
class EndToEndTests extends ApiTest {

    @Test
    void databaseIsRegisteredBackedUpCheckedDownloadedRestoredAndForgotten() throws Exception {
        var file = database(name);
        register(file);
        assertThat(http.get("/databases/" + name).json().get("protection").asString())
                .isEqualTo("UNPROTECTED");

        var backup = backUp("{\"labels\": {\"reason\": \"test\"}}");
        assertThat(backup.get("state").asString()).as(backup.toString()).isEqualTo("SUCCEEDED");
        var id = backup.get("result").get("snapshotId").asString();
        var snapshot = http.get("/snapshots/" + id).json();
        assertThat(snapshot.get("verification").asString()).isEqualTo("PASSED");
        assertThat(snapshot.get("labels").get("reason").asString()).isEqualTo("test");
        var database = http.get("/databases/" + name).json();
        assertThat(database.get("protection").asString()).isEqualTo("PROTECTED");
        assertThat(database.get("lastSnapshot").get("id").asString()).isEqualTo(id);

        var check = ended(http.post("/snapshots/" + id + "/checks", "{\"level\": \"QUICK\"}")
                .json());
        assertThat(check.get("state").asString()).isEqualTo("SUCCEEDED");
        assertThat(http.get("/snapshots/" + id + "/checks").json().get("items")).hasSize(2);

        var target = ROOT.resolve(name + "-restored.db");
        var restore = ended(http.post(
                        "/restores",
                        "{\"snapshot\": \"%s\", \"target\": {\"path\": \"%s\", \"mode\": \"NEW_FILE\"}}"
                                .formatted(id, target))
                .json());
        assertThat(restore.get("state").asString()).as(restore.toString()).isEqualTo("SUCCEEDED");
        assertThat(restore.get("result").get("path").asString()).isEqualTo(target.toString());
        assertThat(restore.get("result").get("sha256").asString())
                .isEqualTo(snapshot.get("sha256").asString());
        assertSameBytes(http.get("/snapshots/" + id + "/content").bytes(), Files.readAllBytes(target));
        try (var connection = open(target);
                var rows = connection.createStatement().executeQuery("SELECT count(*) FROM item")) {
            assertThat(rows.getInt(1)).isEqualTo(2_000);
        }

        assertThat(http.delete("/databases/" + name).status()).isEqualTo(204);
        assertProblem(http.get("/databases/" + name), 404, "DATABASE_NOT_FOUND");
        assertThat(http.get("/snapshots?database=" + name).json().get("items")).hasSize(1);
    }
}
