package dev.afterimage.api.databases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import dev.afterimage.sqlite.SampleDatabases;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CollapseApiTests extends ApiTest {

    @Test
    void databaseThatWasEmptiedIsNotProtectedUntilSomebodyAcknowledgesIt() throws Exception {
        var file = ROOT.resolve(name + ".db");
        snapshotOfNewDatabase();
        var protection = "/databases/" + name + "/protection";
        assertThat(http.get(protection).status()).isEqualTo(200);
        assertThat(http.get("/databases/" + name + "/collapses").json().get("items"))
                .isEmpty();

        for (var table : SampleDatabases.ask(
                        file,
                        "SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
                .split(",")) {
            SampleDatabases.create(file, "DROP TABLE \"" + table + '"');
        }
        snapshot();

        assertThat(http.get(protection).status()).isEqualTo(503);
        assertThat(http.get(protection).json().get("protection").asString()).isEqualTo("COLLAPSED");
        var collapse = http.get("/databases/" + name + "/collapses")
                .json()
                .get("items")
                .get(0);
        var path = "/databases/" + name + "/collapses/"
                + collapse.get("snapshotId").asString() + "/acknowledgement";
        assertThat(http.get("/databases/" + name).json().get("advice").toString())
                .contains("PUT /api/v1" + path);
        assertThat(collapse.get("tables").asLong()).isZero();
        assertThat(collapse.get("acknowledgedAt").isNull()).isTrue();
        var kept = "/snapshots/" + collapse.get("keptSnapshotId").asString();
        assertProblem(http.delete(kept), 409, "LAST_GOOD_SNAPSHOT");

        assertProblem(
                http.send("PUT", "/databases/" + name + "/collapses/" + UUID.randomUUID() + "/acknowledgement", ""),
                404,
                "COLLAPSE_NOT_FOUND");
        var acknowledged = http.send("PUT", path, "");
        assertThat(acknowledged.status()).as(acknowledged.text()).isEqualTo(200);
        assertThat(http.send("PUT", path, "").json()).isEqualTo(acknowledged.json());

        assertThat(http.get(protection).status()).isEqualTo(200);
        assertThat(http.get("/audit?limit=20").text()).contains("acknowledgeCollapse");
        assertThat(http.delete(kept).status()).isEqualTo(204);
    }
}
