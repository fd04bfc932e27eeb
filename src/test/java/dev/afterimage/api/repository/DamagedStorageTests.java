package dev.afterimage.api.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.Torture;
import dev.afterimage.api.ApiTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whoever meets damage of the storage, by whatever call: no wrong file comes of it, and what it hits is quarantined. */
class DamagedStorageTests extends ApiTest {

    private Path live;
    private String older;
    private String newer;
    private Path layers;

    /** Two snapshots of a live database, of which the newer shares the older one's layer. */
    @BeforeEach
    void backUpTwice() throws Exception {
        live = database(name);
        register(live);
        older = snapshot();
        change();
        newer = snapshot();
        layers = HOME.resolve("repository/layers")
                .resolve(manifestFile(older).getParent().getFileName());
    }

    /** The repository is that of other tests too, which check all of it. */
    @AfterEach
    void deleteAll() {
        http.get("/snapshots?database=" + name)
                .json()
                .get("items")
                .forEach(snapshot ->
                        http.delete("/snapshots/" + snapshot.get("id").asString() + "?force=true"));
    }

    private void change() throws SQLException {
        try (var connection = open(live);
                var statement = connection.createStatement()) {
            statement.execute("UPDATE item SET note = randomblob(500) WHERE id BETWEEN 100 AND 120");
        }
    }

    private static Path manifestFile(String snapshot) throws IOException {
        try (var files = Files.walk(HOME.resolve("repository/manifests"))) {
            return files.filter(path -> path.endsWith(snapshot + ".json"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Files of the layers of a snapshot, the oldest first. */
    private List<Path> layers(String snapshot) throws IOException {
        var manifest = new JsonMapper().readTree(Files.readAllBytes(manifestFile(snapshot)));
        return manifest.get("snapshot")
                .get("layers")
                .valueStream()
                .map(layer -> layers.resolve(layer.get("id").asString()))
                .toList();
    }

    /** The layer that both snapshots have. */
    private Path sharedLayer() throws IOException {
        return layers(older).getFirst();
    }

    private static void flip(Path file, double where) throws IOException {
        var bytes = Files.readAllBytes(file);
        bytes[(int) (bytes.length * where)] ^= 16;
        Files.write(file, bytes);
    }

    private String state(String snapshot) {
        return http.get("/snapshots/" + snapshot).json().get("state").asString();
    }

    private String protection() {
        return http.get("/databases/" + name).json().get("protection").asString();
    }

    private int checks(String snapshot) {
        return http.get("/snapshots/" + snapshot + "/checks")
                .json()
                .get("items")
                .size();
    }

    /** That the next backup is whole, though what it would have built on is damaged. */
    private void assertTheNextBackupIsWhole() throws Exception {
        var next = snapshot();
        var restored = restore(next, "after");
        assertThat(restored.get("state").asString()).as(restored.toString()).isEqualTo("SUCCEEDED");
        var download = http.get("/snapshots/" + next + "/content").bytes();
        assertSameBytes(Files.readAllBytes(target("after")), download);
        checkpoint();
        assertSameBytes(withoutCounters(download), withoutCounters(Files.readAllBytes(live)));
        assertThat(protection()).isEqualTo("PROTECTED");
    }

    private void checkpoint() throws SQLException {
        try (var connection = open(live);
                var statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }

    private Path target(String suffix) {
        return ROOT.resolve(name + "-" + suffix + ".db");
    }

    private JsonNode restore(String snapshot, String suffix) {
        var body = "{\"snapshot\": \"%s\", \"target\": {\"path\": \"%s\"}}".formatted(snapshot, target(suffix));
        var answer = http.post("/restores", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        return ended(answer.json());
    }

    @Test
    void downloadThatMeetsDamageQuarantinesAllThatNeedTheLayer() throws Exception {
        flip(sharedLayer(), 0.02);
        assertProblem(http.get("/snapshots/" + newer + "/content"), 500, "SNAPSHOT_DAMAGED");
        assertThat(state(newer)).isEqualTo("QUARANTINED");
        assertThat(state(older)).isEqualTo("QUARANTINED");
        var check =
                http.get("/snapshots/" + older + "/checks").json().get("items").get(0);
        assertThat(check.get("level").asString()).isEqualTo("REPOSITORY");
        assertThat(check.get("messages").get(0).asString())
                .contains(sharedLayer().getFileName().toString());
        assertThat(protection()).isEqualTo("UNPROTECTED");
        assertProblem(http.get("/snapshots/" + newer + "/content"), 409, "SNAPSHOT_QUARANTINED");

        assertProblem(http.get("/snapshots/" + newer + "/content?allowDamaged=true"), 500, "SNAPSHOT_DAMAGED");
        assertThat(checks(newer)).as("what is known is not noted again").isEqualTo(1);
        assertTheNextBackupIsWhole();
    }

    @Test
    void downloadThatBreaksOffQuarantines() throws Exception {
        flip(sharedLayer(), 0.94); // behind the first block, so that bytes were sent before
        assertThatThrownBy(() -> http.get("/snapshots/" + older + "/content")).isInstanceOf(UncheckedIOException.class);
        assertThat(state(newer)).isEqualTo("QUARANTINED");
        assertThat(state(older)).isEqualTo("QUARANTINED");
        assertTheNextBackupIsWhole();
    }

    /** An answer that looks complete is right, whatever was done to the objects of the snapshot. */
    @Test
    void downloadWhateverIsDamagedIsNeverACompleteWrongFile() throws Exception {
        var content = http.get("/snapshots/" + newer + "/content").bytes();
        var random = new Random(Torture.SEED);
        int refused = 0;
        for (int attempt = 0; attempt < 60; attempt++) {
            var objects = objects();
            var victim = objects.get(random.nextInt(objects.size()));
            var before = Files.readAllBytes(victim);
            switch (attempt % 6) {
                case 0 -> Files.delete(victim);
                case 1 -> Files.write(victim, Arrays.copyOf(before, random.nextInt(before.length)));
                case 2 -> Files.write(victim, Arrays.copyOf(before, before.length + 1 + random.nextInt(100)));
                case 3 -> Files.write(victim, Files.readAllBytes(objects.get(random.nextInt(objects.size()))));
                default -> flip(victim, random.nextDouble());
            }
            try {
                var answer = http.get("/snapshots/" + newer + "/content?allowDamaged=true");
                if (answer.status() == 200) {
                    assertSameBytes(answer.bytes(), content);
                } else {
                    assertThat(answer.status()).isIn(404, 500);
                    refused++;
                }
            } catch (UncheckedIOException broken) {
                refused++;
            } catch (AssertionError wrong) {
                throw new AssertionError("seed " + Torture.SEED + ", attempt " + attempt + ", " + victim, wrong);
            }
            Files.write(victim, before);
        }
        assertThat(refused).as("seed " + Torture.SEED).isGreaterThan(20);
        assertSameBytes(
                http.get("/snapshots/" + newer + "/content?allowDamaged=true").bytes(), content);
    }

    /** The manifests and the layers of both snapshots. */
    private List<Path> objects() throws IOException {
        var objects = new ArrayList<Path>();
        for (var folder : List.of(layers, manifestFile(older).getParent())) {
            try (var files = Files.list(folder)) {
                files.sorted().forEach(objects::add);
            }
        }
        return objects;
    }

    @Test
    void restoreThatMeetsDamageFailsLeavesNothingAndQuarantines() throws Exception {
        flip(sharedLayer(), 0.6);
        var job = restore(older, "new");
        assertThat(job.get("state").asString()).isEqualTo("FAILED");
        assertThat(job.get("problem").get("code").asString()).isEqualTo("SNAPSHOT_DAMAGED");
        assertThat(state(newer)).isEqualTo("QUARANTINED");
        assertThat(state(older)).isEqualTo("QUARANTINED");
        try (var files = Files.list(ROOT)) {
            assertThat(files).noneMatch(file -> file.toString().contains(name + "-new"));
        }
        assertTheNextBackupIsWhole();
    }

    @Test
    void dryRunOfARestoreThatMeetsDamageIsRefusedAndQuarantines() throws Exception {
        flip(sharedLayer(), 0.6);
        var body = "{\"snapshot\": \"%s\", \"target\": {\"database\": \"%s\", \"mode\": \"REPLACE_FILE\"}}"
                .formatted(older, name);
        assertProblem(http.post("/restores?dryRun=true", body), 500, "SNAPSHOT_DAMAGED");
        assertThat(state(newer)).isEqualTo("QUARANTINED");
        assertThat(state(older)).isEqualTo("QUARANTINED");
    }

    @Test
    void comparisonThatMeetsDamageOfTheNewestLayerLeavesTheOlderSnapshotGood() throws Exception {
        flip(layers(newer).getLast(), 0.5);
        assertProblem(http.get("/snapshots/" + older + "/diff/" + newer), 500, "SNAPSHOT_DAMAGED");
        assertThat(state(newer)).isEqualTo("QUARANTINED");
        assertThat(state(older)).isEqualTo("AVAILABLE");
        assertThat(protection()).isEqualTo("FAILING");
        change();
        assertTheNextBackupIsWhole();
    }
}
