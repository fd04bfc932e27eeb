package dev.afterimage.api.openapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
import dev.afterimage.sqlite.SampleDatabases;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each GET, each dry run and the refresh of the metrics, on databases of which SQLite would delete something or roll it back. What else can lie
 * there is tried in {@code sqlite.ReadingChangesNothingTests}.
 */
class LookingChangesNothingTests extends ApiTest {

    private static final byte[] NONE = {};

    /** What becomes of the database, and what lies beside it then. */
    private enum Fate {
        EMPTIED_BESIDE_ITS_WAL("WAL", "-wal"),
        DELETED_BESIDE_ITS_WAL("WAL", "-wal"),
        LEFT_BY_A_CRASHED_WRITER_WITH_A_HOT_JOURNAL("DELETE", "-journal"),
        EMPTIED_BESIDE_A_HOT_JOURNAL("DELETE", "-journal");

        private final String journalMode;
        private final String suffix;

        Fate(String journalMode, String suffix) {
            this.journalMode = journalMode;
            this.suffix = suffix;
        }

        void befall(Path database) throws Exception {
            var beside = Path.of(database + suffix);
            byte[] spilled;
            byte[] left;
            try (var application = open(database);
                    var statement = application.createStatement()) {
                statement.execute("PRAGMA wal_autocheckpoint = 0");
                statement.execute("PRAGMA cache_size = 5");
                statement.execute("BEGIN");
                statement.execute("UPDATE item SET note = randomblob(500)");
                if (suffix.equals("-wal")) {
                    statement.execute("COMMIT");
                }
                spilled = Files.readAllBytes(database);
                left = Files.readAllBytes(beside);
            }
            Files.write(beside, left);
            switch (this) {
                case EMPTIED_BESIDE_ITS_WAL, EMPTIED_BESIDE_A_HOT_JOURNAL -> Files.write(database, NONE);
                case DELETED_BESIDE_ITS_WAL -> Files.delete(database);
                case LEFT_BY_A_CRASHED_WRITER_WITH_A_HOT_JOURNAL -> Files.write(database, spilled);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whateverIsAskedLeavesAllAsItIs(Fate fate) throws Exception {
        var directory = Files.createDirectory(ROOT.resolve(name));
        var file = database(directory.resolve("live.db"), fate.journalMode, 2_000);
        register(file);
        var snapshot = snapshot();
        fate.befall(file);
        var before = filesIn(directory);

        for (var path : gets(snapshot)) {
            assertThat(http.get(path).status()).as(path).isNotEqualTo(500);
            assertThat(filesIn(directory)).as(path).isEqualTo(before);
        }
        for (var mode : List.of("NEW_FILE", "REPLACE_FILE", "REPLACE_LIVE")) {
            var answer = http.post(
                    "/restores?dryRun=true",
                    "{\"snapshot\": \"%s\", \"target\": {\"path\": \"%s\", \"mode\": \"%s\"}}"
                            .formatted(snapshot, file, mode));
            assertThat(answer.status()).as(answer.text()).isNotEqualTo(500);
            assertThat(filesIn(directory)).as(mode).isEqualTo(before);
        }
        long walBytes = fate.suffix.equals("-wal") ? Files.size(Path.of(file + "-wal")) : 0;
        await().until(() -> walBytesAreTold(walBytes));
        assertThat(filesIn(directory)).as("the metrics").isEqualTo(before);
    }

    /** Those of all databases, of this one, and of its snapshot. */
    private List<String> gets(String snapshot) {
        var paths = new ArrayList<String>();
        for (var operation : ContractOperation.of(http.get("//v3/api-docs").json())) {
            var path = operation
                    .path()
                    .replace("/api/v1", "")
                    .replace("{name}", name)
                    .replace("/snapshots/{id}", "/snapshots/" + snapshot)
                    .replace("{other}", snapshot);
            if (operation.method().equals("GET") && !path.contains("{")) {
                paths.add(path.equals("/events") ? path + "?lasts=1s" : path); // else it goes on for a day
            }
        }
        assertThat(paths).contains("/databases/" + name, "/databases/" + name + "/protection", "/discovery");
        return paths;
    }

    private boolean walBytesAreTold(long bytes) {
        return http.get("//actuator/prometheus")
                .text()
                .lines()
                .filter(line -> line.startsWith("afterimage_wal_bytes") && line.contains(name))
                .anyMatch(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))) == bytes);
    }

    /** Inode and content, by name. */
    private static Map<String, List<Object>> filesIn(Path directory) throws IOException {
        var files = new TreeMap<String, List<Object>>();
        for (var name : SampleDatabases.filesIn(directory)) {
            var file = directory.resolve(name);
            var inode = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
            files.put(name, List.of(inode, ByteBuffer.wrap(Files.readAllBytes(file))));
        }
        return files;
    }
}
