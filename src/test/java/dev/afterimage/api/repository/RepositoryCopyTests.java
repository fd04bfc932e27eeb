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
        var layers = http.get("/repository")
                .json()
                .get("databases")
                .valueStream()
                .filter(one -> one.get("name").asString().equals(name))
                .map(one -> HOME.resolveSibling("home-with-copy")
                        .resolve("repository/layers/" + one.get("id").asString()))
                .findAny()
                .orElseThrow();
        try (var files = Files.list(layers)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
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
}
