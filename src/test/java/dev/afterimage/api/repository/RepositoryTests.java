package dev.afterimage.api.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import dev.afterimage.repository.log.TestSegments;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.local.LocalStorage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What is told of the repository as a whole, and the jobs about it. */
class RepositoryTests extends ApiTest {

    @Test
    void getTellsWhatSnapshotsAreWorthAndTake() throws Exception {
        var id = snapshotOfNewDatabase();
        snapshot();
        var size = http.get("/snapshots/" + id).json().get("sizeBytes").asLong();

        var repository = http.get("/repository").json();
        var database = stored(repository);
        assertThat(database.get("registered").asBoolean()).isTrue();
        assertThat(database.get("snapshots").asInt()).isEqualTo(2);
        assertThat(database.get("logicalBytes").asLong()).isEqualTo(2 * size);
        assertThat(database.get("storedBytes").asLong())
                .isEqualTo(bytesOnDisk(database.get("id").asString()));
        assertThat(database.get("dedupRatio").asDouble())
                .isEqualTo(Math.round(200.0 * size / database.get("storedBytes").asLong()) / 100.0);
        for (var total : new String[] {"logicalBytes", "snapshots"}) {
            assertThat(repository.get(total).asLong())
                    .isEqualTo(repository
                            .get("databases")
                            .valueStream()
                            .mapToLong(one -> one.get(total).asLong())
                            .sum());
        }
        assertThat(repository.get("objects").asInt()).isGreaterThanOrEqualTo(3);
        assertThat(repository.get("bytes").asLong())
                .isGreaterThanOrEqualTo(database.get("storedBytes").asLong());

        var usage = http.get("/databases/" + name).json().get("repository");
        for (var field : new String[] {"snapshots", "logicalBytes", "storedBytes", "dedupRatio"}) {
            assertThat(usage.get(field)).isEqualTo(database.get(field));
        }
    }

    /** A log makes no snapshot worth less. */
    @Test
    void getCountsTheLogOfADatabaseByItself() throws Exception {
        snapshotOfNewDatabase();
        var all = http.get("/repository").json();
        var before = stored(all);
        var id = UUID.fromString(before.get("id").asString());
        var vault = new Vault(new LocalStorage(HOME.resolve("repository"), 0), Clock.systemUTC());
        var segment = TestSegments.put(vault, id, UUID.randomUUID(), 1);
        long bytes = Files.size(HOME.resolve("repository").resolve(TestSegments.key(id, segment)));

        var repository = http.get("/repository").json();

        var database = stored(repository);
        assertThat(database.get("logBytes").asLong()).isEqualTo(bytes);
        assertThat(database.get("storedBytes").asLong())
                .isEqualTo(before.get("storedBytes").asLong() + bytes);
        assertThat(database.get("dedupRatio")).isEqualTo(before.get("dedupRatio"));
        assertThat(repository.get("logBytes").asLong())
                .isEqualTo(all.get("logBytes").asLong() + bytes);
        var usage = http.get("/databases/" + name).json().get("repository");
        for (var field : new String[] {"storedBytes", "logBytes", "dedupRatio"}) {
            assertThat(usage.get(field)).isEqualTo(database.get(field));
        }
    }

    @Test
    void getWhenADatabaseWasRemovedStillHasIt() throws Exception {
        snapshotOfNewDatabase();
        http.send("DELETE", "/databases/" + name, "");
        var database = stored(http.get("/repository").json());
        assertThat(database.get("registered").asBoolean()).isFalse();
        assertThat(database.get("snapshots").asInt()).isEqualTo(1);
    }

    @Test
    void checkTellsDamageAndQuarantines() throws Exception {
        var id = snapshotOfNewDatabase();
        var database = stored(http.get("/repository").json()).get("id").asString();
        var layer = onlyFile(HOME.resolve("repository/layers/" + database));
        var bytes = Files.readAllBytes(layer);
        bytes[200] ^= 1;
        Files.write(layer, bytes);

        var job = checked("");
        assertThat(job.get("state").asString()).isEqualTo("FAILED");
        assertThat(job.get("kind").asString()).isEqualTo("REPOSITORY_CHECK");
        assertThat(job.get("databases")).isEmpty();
        var problem = job.get("problem");
        assertThat(problem.get("code").asString()).isEqualTo("REPOSITORY_DAMAGED");
        assertThat(problem.get("damaged").valueStream()).anySatisfy(one -> {
            assertThat(one.get("database").asString()).isEqualTo(name);
            assertThat(one.get("layer").asString())
                    .isEqualTo(layer.getFileName().toString());
            assertThat(one.get("snapshots").get(0).asString()).isEqualTo(id);
        });
        assertThat(http.get("/snapshots/" + id).json().get("state").asString()).isEqualTo("QUARANTINED");
        var check = http.get("/snapshots/" + id + "/checks").json().get("items").get(0);
        assertThat(check.get("level").asString()).isEqualTo("REPOSITORY");
        assertThat(check.get("messages").get(0).asString()).contains("is not what was written");

        // With those of other tests, which use this service too.
        var hit = problem.get("damaged")
                .valueStream()
                .flatMap(one -> one.get("snapshots").valueStream());
        for (var snapshot : hit.map(JsonNode::asString).distinct().toList()) {
            assertThat(http.send("DELETE", "/snapshots/" + snapshot + "?force=true", "")
                            .status())
                    .isEqualTo(204);
        }
        var well = checked("{\"sample\": \"100%\"}");
        assertThat(well.get("state").asString()).as(well.toString()).isEqualTo("SUCCEEDED");
        assertThat(well.get("result").has("damaged")).isFalse();
        assertThat(well.get("result").get("layersChecked").isIntegralNumber()).isTrue();
        assertThat(well.get("result").get("bytesChecked").isIntegralNumber()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0%", "00.0%", "101%", "100.1%", "5", "-5%", "%", "five"})
    void checkWhenTheSampleIsNoShareIsRefused(String sample) {
        assertInvalid(http.post("/repository/checks", "{\"sample\": \"" + sample + "\"}"), "sample");
    }

    @ParameterizedTest
    @ValueSource(strings = {"5%", "0.5%", "100%", "33.333%", "10%"})
    void checkWhenTheSampleIsAShareIsAccepted(String sample) {
        var answer = http.post("/repository/checks", "{\"sample\": \"" + sample + "\"}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        ended(answer.json());
    }

    @Test
    void adoptWhenAnotherRepositoryIsNamedIsRefused() {
        var id = http.get("/repository").json().get("id").asString();

        var answer = http.post("/repository/adopt", "{\"id\": \"" + UUID.randomUUID() + "\", \"force\": true}");
        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.json().get("code").asString()).isEqualTo("REPOSITORY_NOT_ADOPTABLE");
        assertThat(answer.json().get("found").asString()).isEqualTo(id);

        var again = http.post("/repository/adopt", "{\"id\": \"" + id + "\"}");
        assertThat(again.json().get("missing").asInt()).as(again.text()).isZero();
        assertInvalid(http.post("/repository/adopt", "{}"), "id");
    }

    @Test
    void rebuildBringsBackWhatTheCatalogHasLost() throws Exception {
        var job = ended(http.post("/repository/rebuild", "").json());
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        assertThat(job.get("kind").asString()).isEqualTo("REBUILD");
        var result = job.get("result");
        assertThat(result.get("databases")).isEmpty();
        assertThat(result.get("snapshotsAdded").asInt()).isZero();
        assertThat(result.get("unreadable").isArray()).isTrue();
        assertThat(result.get("missing").isArray()).isTrue();
    }

    private JsonNode checked(String body) {
        var answer = http.post("/repository/checks", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        return ended(answer.json());
    }

    private JsonNode stored(JsonNode repository) {
        return repository
                .get("databases")
                .valueStream()
                .filter(one -> one.get("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static long bytesOnDisk(String databaseId) throws Exception {
        long bytes = 0;
        for (var folder : new String[] {"layers", "manifests"}) {
            try (var files = Files.list(HOME.resolve("repository/" + folder + "/" + databaseId))) {
                for (var file : files.toList()) {
                    bytes += Files.size(file);
                }
            }
        }
        return bytes;
    }

    private static Path onlyFile(Path directory) throws Exception {
        try (var files = Files.list(directory)) {
            return files.toList().getFirst();
        }
    }
}
