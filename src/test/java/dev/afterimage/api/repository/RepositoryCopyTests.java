package dev.afterimage.api.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** A service with a copy of its repository in another directory. */
class RepositoryCopyTests extends ApiTest {

    private static final Path COPY = OUTSIDE.resolve("copy-" + UUID.randomUUID());

    @DynamicPropertySource
    static void copy(DynamicPropertyRegistry properties) {
        properties.add("api.home", () -> HOME.resolveSibling("home-with-copy").toString());
        properties.add("afterimage.copies.disk.location", COPY::toString);
    }

    private JsonNode told() {
        return http.get("/repository/copies").json().get(0);
    }

    private JsonNode copied() {
        var answer = http.post("/repository/copies/disk/copy", "{}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        return ended(answer.json());
    }

    @Test
    void copyBringsWhatIsMissingAndTellsHowFarItIs() throws Exception {
        var snapshot = snapshotOfNewDatabase();

        var job = copied();

        assertThat(job.get("kind").asString()).isEqualTo("COPY");
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        var told = told();
        assertThat(told.get("state").asString()).isEqualTo("CURRENT");
        assertThat(told.get("location").asString()).isEqualTo(COPY.toString());
        assertThat(told.get("databases").valueStream()).anySatisfy(one -> {
            assertThat(one.get("database").asString()).isEqualTo(name);
            assertThat(one.get("snapshotId").asString()).isEqualTo(snapshot);
        });
        var repository = new Repository(new Vault(new LocalStorage(COPY, 0), Clock.systemUTC()), Clock.systemUTC());
        assertThat(repository.databases()).isNotEmpty();
    }

    @Test
    void protectionOfADatabaseThatNeedsACopyIsStaleUntilTheCopyHasIt() throws Exception {
        register(database(name));
        var path = "/databases/" + name;
        assertThat(http.get(path).json().get("requireCopy").asBoolean()).isFalse();
        var changed = http.patch(path, "{\"requireCopy\": true}").json();
        assertThat(changed.get("requireCopy").asBoolean()).isTrue();
        snapshot();
        copied();

        var protection = http.get(path + "/protection");

        assertThat(protection.status()).as(protection.text()).isEqualTo(200);
        var disk = protection.json().get("copies").get(0);
        assertThat(disk.get("name").asString()).isEqualTo("disk");
        assertThat(disk.get("state").asString()).isEqualTo("CURRENT");
        assertThat(disk.get("newestSnapshot").isNull()).isFalse();
        assertThat(disk.get("ageSeconds").asLong()).isBetween(0L, 60L);
        assertThat(http.get("/protection")
                        .json()
                        .get("copies")
                        .get(0)
                        .get("name")
                        .asString())
                .isEqualTo("disk");
        assertThat(http.patch(path, "{\"requireCopy\": null}")
                        .json()
                        .get("requireCopy")
                        .asBoolean())
                .isFalse();
    }

    @Test
    void snapshotsListsWhatTheCopyHasInParts() throws Exception {
        var snapshot = snapshotOfNewDatabase();
        copied();

        var first = http.get("/repository/copies/disk/snapshots?limit=1").json();

        var item = first.get("items").get(0);
        assertThat(item.get("snapshotId").asString()).isEqualTo(snapshot);
        assertThat(item.get("database").asString()).isEqualTo(name);
        assertThat(item.get("inRepository").asBoolean()).isTrue();
        assertThat(item.get("createdAt").isNull()).isFalse();
        var next = first.get("nextCursor");
        if (!next.isNull()) {
            var rest = http.get("/repository/copies/disk/snapshots?cursor=" + next.asString())
                    .json();
            assertThat(rest.get("items").valueStream())
                    .allSatisfy(
                            one -> assertThat(one.get("snapshotId").asString()).isLessThan(snapshot));
        }
        assertProblem(http.get("/repository/copies/other/snapshots"), 404, "COPY_NOT_FOUND");
    }

    @Test
    void copyWhenNoneOfThatNameIsConfiguredIsNotFound() {
        assertProblem(http.post("/repository/copies/other/copy", "{}"), 404, "COPY_NOT_FOUND");
    }

    @Test
    void contentWhenALayerIsGoneIsReadFromTheCopy() throws Exception {
        var snapshot = snapshotOfNewDatabase();
        copied();
        deleteLayers();

        assertThat(http.get("/snapshots/" + snapshot + "/content").status()).isEqualTo(200);
    }

    private void deleteLayers() throws IOException {
        deleteLayers(HOME.resolveSibling("home-with-copy").resolve("repository"));
    }

    private void deleteLayers(Path repository) throws IOException {
        try (var files = Files.list(repository.resolve("layers/" + databaseId()))) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private String databaseId() {
        return http.get("/repository")
                .json()
                .get("databases")
                .valueStream()
                .filter(one -> one.get("name").asString().equals(name))
                .map(one -> one.get("id").asString())
                .findAny()
                .orElseThrow();
    }

    @Test
    void repairBringsBackALayerThatIsGone() throws Exception {
        var snapshot = snapshotOfNewDatabase();
        copied();
        deleteLayers();
        ended(http.post("/snapshots/" + snapshot + "/checks", "{}").json());
        assertThat(state(snapshot)).isEqualTo("QUARANTINED");

        var tried = ended(http.post("/repository/repair", "{\"dryRun\": true, \"from\": \"disk\"}")
                .json());
        assertThat(tried.get("state").asString()).as(tried.toString()).isEqualTo("SUCCEEDED");
        assertThat(tried.get("result").get("snapshotsMended").toString()).contains(snapshot);
        assertThat(state(snapshot)).isEqualTo("QUARANTINED");

        var job = ended(http.post("/repository/repair", "{}").json());

        assertThat(job.get("kind").asString()).isEqualTo("REPAIR");
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        assertThat(job.get("result").get("repaired").get(0).get("copy").asString())
                .isEqualTo("disk");
        assertThat(state(snapshot)).isEqualTo("AVAILABLE");
    }

    @Test
    void repairFromACopyThatIsNotConfiguredIsNotFound() {
        assertProblem(http.post("/repository/repair", "{\"from\": \"other\"}"), 404, "COPY_NOT_FOUND");
    }

    private String state(String snapshot) {
        return http.get("/snapshots/" + snapshot).json().get("state").asString();
    }

    @Test
    void checkAndDrillOfACopyReadThatAloneAndSaySo() throws Exception {
        var snapshot = snapshotOfNewDatabase();
        copied();
        deleteLayers();

        var check = ended(http.post("/snapshots/" + snapshot + "/checks", "{\"from\": \"disk\"}")
                .json());
        var drill = ended(http.post("/databases/" + name + "/drills", "{\"from\": \"disk\"}")
                .json());

        assertThat(check.get("state").asString()).as(check.toString()).isEqualTo("SUCCEEDED");
        assertThat(check.get("result").get("from").asString()).isEqualTo("disk");
        assertThat(drill.get("state").asString()).as(drill.toString()).isEqualTo("SUCCEEDED");
        assertThat(drill.get("result").get("from").asString()).isEqualTo("disk");
        var listed = http.get("/databases/" + name + "/drills").json().get("items");
        assertThat(listed.get(0).get("from").asString()).isEqualTo("disk");
        assertThat(http.get("/snapshots/" + snapshot + "/checks").json().get("items"))
                .as("it proves nothing of the repository")
                .isEmpty();
    }

    @Test
    void checkAndDrillOfACopyThatIsDamagedFailAndLeaveTheSnapshotAsItIs() throws Exception {
        var snapshot = snapshotOfNewDatabase();
        copied();
        deleteLayers(COPY);

        var check = ended(http.post("/snapshots/" + snapshot + "/checks", "{\"from\": \"disk\"}")
                .json());
        var drill = ended(http.post("/databases/" + name + "/drills", "{\"from\": \"disk\"}")
                .json());

        for (var job : List.of(check, drill)) {
            assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("FAILED");
            assertThat(job.get("problem").get("code").asString()).isEqualTo("CHECK_FAILED");
            assertThat(job.get("problem").get("from").asString()).isEqualTo("disk");
        }
        assertThat(state(snapshot)).isEqualTo("AVAILABLE");
        assertThat(http.get("/databases/" + name).json().get("protection").asString())
                .isEqualTo("FAILING");
        ended(http.post("/snapshots/" + snapshot + "/checks", "{}").json());
        assertThat(http.get("/databases/" + name).json().get("protection").asString())
                .as("a check of the repository says nothing of the copy")
                .isEqualTo("FAILING");
    }

    /** As docs/copies.md says: what a copy has lost comes back when the manifests that need it are gone there, too. */
    @Test
    void copyWhoseManifestWasDeletedWithItsDamagedLayerGetsBothAgain() throws Exception {
        var snapshot = snapshotOfNewDatabase();
        copied();
        deleteLayers(COPY);
        Files.delete(COPY.resolve("manifests/%s/%s.json".formatted(databaseId(), snapshot)));

        copied();

        var check = ended(http.post("/snapshots/" + snapshot + "/checks", "{\"from\": \"disk\"}")
                .json());
        assertThat(check.get("state").asString()).as(check.toString()).isEqualTo("SUCCEEDED");
    }

    @Test
    void drillOfACopyThatHasNoSnapshotYetIsRefused() throws Exception {
        register(database(name));
        assertProblem(http.post("/databases/" + name + "/drills", "{\"from\": \"disk\"}"), 404, "SNAPSHOT_NOT_FOUND");
        assertProblem(http.post("/databases/" + name + "/drills", "{\"from\": \"other\"}"), 404, "COPY_NOT_FOUND");
        assertProblem(
                http.send("PUT", "/databases/" + name + "/drill", "{\"cron\": \"0 4 * * SUN\", \"from\": \"other\"}"),
                404,
                "COPY_NOT_FOUND");
        var set = http.send("PUT", "/databases/" + name + "/drill", "{\"cron\": \"0 4 * * SUN\", \"from\": \"disk\"}");
        assertThat(set.json().get("from").asString()).as(set.text()).isEqualTo("disk");
    }

    @Test
    void answersThatHadToReadACopySayWhichAndAreCounted() throws Exception {
        var lookedInto = snapshotOfNewDatabase();
        var snapshot = snapshot();
        copied();
        for (var one : List.of("/content", "/content?format=sql", "/schema", "/diff/" + lookedInto)) {
            assertThat(http.get("/snapshots/" + lookedInto + one).findHeader("Afterimage-Copies-Read"))
                    .as(one)
                    .isEmpty();
        }
        var path = "/snapshots/" + snapshot;
        double before = copyReads();
        deleteLayers();

        for (var one : List.of("/content", "/content?format=sql", "/schema", "/diff/" + snapshot)) {
            var answer = http.get(path + one);
            assertThat(answer.status()).as(one).isEqualTo(200);
            assertThat(answer.findHeader("Afterimage-Copies-Read")).as(one).contains("disk");
        }

        assertThat(copyReads() - before).isEqualTo(2); // all but the first look into one file
        var health = http.get("//actuator/health")
                .json()
                .get("components")
                .get("repository")
                .get("details");
        assertThat(health.get("lastReadFromCopies").get(0).asString()).isEqualTo("disk");
    }

    @Test
    void contentFromACopyIsThatOfTheCopyAlone() throws Exception {
        var snapshot = snapshotOfNewDatabase();
        copied();
        var path = "/snapshots/" + snapshot + "/content";
        var content = http.get(path + "?from=disk");
        assertThat(content.bytes()).isEqualTo(http.get(path).bytes());
        assertThat(content.findHeader("Afterimage-Copies-Read")).contains("disk");
        assertProblem(http.get(path + "?from=other"), 404, "COPY_NOT_FOUND");

        deleteLayers(COPY);

        assertProblem(http.get(path + "?from=disk"), 500, "SNAPSHOT_DAMAGED");
        assertProblem(http.get(path + "?from=disk&format=sql"), 500, "SNAPSHOT_DAMAGED");
        Files.writeString(COPY.resolve("manifests/%s/%s.json".formatted(databaseId(), snapshot)), "{");
        assertProblem(http.get(path + "?from=disk"), 500, "SNAPSHOT_DAMAGED");
        assertThat(state(snapshot)).isEqualTo("AVAILABLE");
        assertThat(http.get(path).status()).isEqualTo(200);
    }

    private double copyReads() {
        var series = "afterimage_copy_reads_total{copy=\"disk\"} ";
        return http.get("//actuator/prometheus")
                .text()
                .lines()
                .filter(line -> line.startsWith(series))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length())))
                .findFirst()
                .orElseThrow();
    }
}
