package dev.afterimage.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.json.JsonMapper;

class MetricsTests extends ApiTest {

    private static final Path COPY = OUTSIDE.resolve("copy-" + UUID.randomUUID());

    @DynamicPropertySource
    static void copy(DynamicPropertyRegistry properties) {
        properties.add("api.home", () -> HOME.resolveSibling("home-of-metrics").toString());
        properties.add("afterimage.copies.disk.location", COPY::toString);
    }

    /** A sample: name, labels, value. */
    private static final Pattern SAMPLE = Pattern.compile("(afterimage_[a-z_]+)(?:\\{(.*)})? (\\S+)");

    private static final Pattern TYPE = Pattern.compile("# TYPE (afterimage_[a-z_]+) ([a-z]+)");
    private static final Pattern ROW = Pattern.compile("\\| `(afterimage_[a-z_]+)` \\| ([a-z]+) \\|([^|]*)\\|.*");
    private static final Pattern LABEL = Pattern.compile("([a-z]+)=\"[^\"]*\"");
    private static final Pattern NAME = Pattern.compile("afterimage_[a-z_]+");

    private record Metric(String type, Set<String> labels) {}

    @Test
    void theTableOfTheManualIsWhatPrometheusGets() throws Exception {
        haveAllMetrics();
        var documented = new TreeMap<String, Metric>();
        Files.lines(Path.of("docs/watch.md"))
                .map(ROW::matcher)
                .filter(row -> row.matches())
                .forEach(row -> {
                    var labels = Arrays.stream(row.group(3).replace("`", "").split(","))
                            .map(String::strip);
                    var named = labels.filter(label -> !label.isEmpty()).collect(Collectors.toCollection(TreeSet::new));
                    documented.put(row.group(1), new Metric(row.group(2), named));
                });

        assertThat(metrics()).isEqualTo(documented);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ops/grafana/afterimage.json", "ops/prometheus/alerts.yml", "ops/prometheus/alerts_test.yml"})
    void whatIsInOpsOnlyUsesMetricsThatExist(String file) throws Exception {
        haveAllMetrics();
        var used = NAME.matcher(Files.readString(Path.of(file)))
                .results()
                .map(found -> found.group())
                .collect(Collectors.toSet());

        assertThat(used).isNotEmpty();
        assertThat(sampleNames()).containsAll(used);
    }

    @Test
    void theDashboardIsJsonWhosePanelsDoNotCoverEachOther() throws Exception {
        var panels = JsonMapper.shared()
                .readTree(Files.readString(Path.of("ops/grafana/afterimage.json")))
                .get("panels");
        var cells = new HashSet<Integer>();

        for (var panel : panels) {
            var place = panel.get("gridPos");
            for (int row = 0; row < place.get("h").asInt(); row++) {
                for (int column = 0; column < place.get("w").asInt(); column++) {
                    int cell =
                            (place.get("y").asInt() + row) * 24 + place.get("x").asInt() + column;
                    assertThat(cells.add(cell))
                            .as(panel.get("title").asString())
                            .isTrue();
                }
            }
        }
    }

    @Test
    void theAlertsPassTheirTests() throws Exception {
        var process = start("promtool", "test", "rules", "ops/prometheus/alerts_test.yml");
        assumeThat(process).as("promtool is on the PATH").isPresent();

        var output = new String(process.get().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.get().waitFor()).as(output).isZero();
    }

    private static Optional<Process> start(String... command) {
        try {
            return Optional.of(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Test
    void aBackupIsCounted() throws Exception {
        register(database(name));
        var ended = "afterimage_jobs_ended_total{kind=\"BACKUP\",state=\"SUCCEEDED\"}";
        double endedBefore = value(ended);
        double bytesBefore = value("afterimage_repository_bytes");

        var snapshot = http.get("/snapshots/" + snapshot()).json();

        await().untilAsserted(() -> assertThat(value(ended)).isGreaterThanOrEqualTo(endedBefore + 1));
        var database = "{database=\"" + name + "\"}";
        double newBytes = snapshot.get("newBytes").asDouble();
        assertThat(value("afterimage_backup_new_bytes_total" + database)).isEqualTo(newBytes);
        assertThat(value("afterimage_backup_read_bytes_total" + database))
                .isEqualTo(snapshot.get("sizeBytes").asDouble());
        assertThat(value("afterimage_backup_lock_held_seconds_count" + database))
                .isEqualTo(1);
        assertThat(value("afterimage_backup_lock_held_seconds_sum" + database))
                .isEqualTo(snapshot.get("lockHeldMillis").asDouble() / 1_000);
        assertThat(value("afterimage_repository_bytes")).isGreaterThanOrEqualTo(bytesBefore + newBytes);
        assertThat(value("afterimage_repository_free_bytes")).isPositive();
    }

    @Test
    void aFailureIsCountedFromNoneOn() throws Exception {
        assertThat(value("afterimage_jobs_ended_total{kind=\"REBUILD\",state=\"FAILED\"}"))
                .as("what was never there cannot increase")
                .isZero();
        var file = database(name);
        register(file);
        truncated(file);
        var failed = "afterimage_jobs_ended_total{kind=\"BACKUP\",state=\"FAILED\"}";
        double before = value(failed);

        assertThat(backUp("").get("state").asString()).isEqualTo("FAILED");

        await().untilAsserted(() -> assertThat(value(failed)).isGreaterThanOrEqualTo(before + 1));
    }

    /** Some are of databases, and are there only when there is one that had a backup and a drill. */
    private void haveAllMetrics() throws Exception {
        var refreshed = Set.of(
                "afterimage_drill_passed",
                "afterimage_database_protected",
                "afterimage_wal_bytes",
                "afterimage_follow_following");
        if (!sampleNames().containsAll(refreshed)) {
            snapshotOfNewDatabase();
            http.send("PUT", "/databases/" + name + "/follow", "{\"besideSource\": true}");
            ended(http.post("/databases/" + name + "/drills", "").json());
            await().until(() -> sampleNames().containsAll(refreshed));
        }
    }

    private Map<String, Metric> metrics() {
        var metrics = new TreeMap<String, Metric>();
        var family = "";
        for (var line : scraped().lines().toList()) {
            var type = TYPE.matcher(line);
            var sample = SAMPLE.matcher(line);
            if (type.matches()) {
                family = type.group(1);
                metrics.put(family, new Metric(type.group(2), new TreeSet<>()));
            } else if (sample.matches() && sample.group(2) != null) {
                var labels = metrics.get(family).labels();
                LABEL.matcher(sample.group(2)).results().forEach(label -> labels.add(label.group(1)));
                labels.remove("le"); // the bound of a bucket
            }
        }
        return metrics;
    }

    private Set<String> sampleNames() {
        return scraped()
                .lines()
                .map(SAMPLE::matcher)
                .filter(sample -> sample.matches())
                .map(sample -> sample.group(1))
                .collect(Collectors.toSet());
    }

    private double value(String series) {
        return scraped()
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    private String scraped() {
        return http.get("//actuator/prometheus").text();
    }

    @Test
    void whatIsCopiedIsCountedAndHowFarTheCopyIsIsTold() throws Exception {
        var snapshot = http.get("/snapshots/" + snapshotOfNewDatabase()).json();
        double before = value("afterimage_copy_objects_total{copy=\"disk\"}");
        http.post("/repository/copies/disk/copy", "{}");

        var ofDatabase = "{copy=\"disk\",database=\"%s\"}".formatted(name);
        await().ignoreException(NoSuchElementException.class) // until the gauges know the database
                .untilAsserted(() -> assertThat(value("afterimage_copy_last_good_timestamp_seconds" + ofDatabase))
                        .isGreaterThanOrEqualTo(
                                Instant.parse(snapshot.get("createdAt").asString())
                                        .getEpochSecond()));
        assertThat(value("afterimage_copy_objects_total{copy=\"disk\"}"))
                .isPositive()
                .isGreaterThanOrEqualTo(before);
        assertThat(value("afterimage_copy_bytes_total{copy=\"disk\"}")).isPositive();
        assertThat(value("afterimage_copy_failures_total{copy=\"disk\"}")).isZero();
        await().untilAsserted(() -> {
            assertThat(value("afterimage_copy_present{copy=\"disk\"}")).isEqualTo(1);
            assertThat(value("afterimage_copy_lacking_snapshots{copy=\"disk\"}"))
                    .isZero();
            assertThat(value("afterimage_copy_last_success_timestamp_seconds{copy=\"disk\"}"))
                    .isPositive();
        });
    }
}
