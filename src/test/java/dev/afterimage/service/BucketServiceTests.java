package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import dev.afterimage.storage.s3.S3Answer;
import dev.afterimage.storage.s3.S3Answer.Ending;
import dev.afterimage.storage.s3.S3Faults;
import dev.afterimage.storage.s3.S3Request;
import dev.afterimage.storage.s3.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;
import tools.jackson.databind.JsonNode;

/** A service whose repository lies in a bucket, as a whole: it goes away while backups are due, somebody deletes a layer there, or the host is lost. */
@Timeout(600)
class BucketServiceTests {

    private static final int DATABASES = 3;

    @TempDir
    Path directory;

    private final S3Server server = S3Server.shared();
    private final String bucket = server.newBucket();

    private ServiceSetup setup(S3Faults faults, String home) {
        return ServiceSetup.in(directory).home(directory.resolve(home)).inBucket(server, bucket, faults);
    }

    /** Those that wait for time-outs only in the long version. */
    static Stream<Arguments> kinds() {
        var all = Stream.of(
                Arguments.of("nobody listens", away(_ -> new S3Answer.Dropped(Ending.RESET))),
                Arguments.of("all is answered by 503", away(_ -> S3Answer.refused(503, "SlowDown"))),
                Arguments.of("nobody answers", away(_ -> new S3Answer.Silence())));
        return Torture.TIME.isZero() ? all.limit(1) : all;
    }

    private static Function<S3Request, S3Answer> away(Function<S3Request, S3Answer> rule) {
        return rule;
    }

    /** More backups are due than there are workers, and each is tried several times. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void whenItIsAwayWhileBackupsAreDueAllWaitAndAreMadeWhenItIsBack(String kind, Function<S3Request, S3Answer> away)
            throws Exception {
        try (var faults = new S3Faults(server);
                var service = setup(faults, "home").start()) {
            var client = service.client();
            for (int i = 0; i < DATABASES; i++) {
                Users.create(file(i), "WAL", 2_000);
                client.register("users" + i, file(i));
                client.snapshotOf(client.backup("users" + i));
            }
            long begun = unsent();
            faults.before(away);

            var waiting = new ArrayList<String>();
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < DATABASES; i++) {
                    addRow(i, 2_000 + round);
                    waiting.add(client.submitBackup("users" + i, Map.of("deadline", "1h")));
                }
            }
            var late = client.submitBackup("users0", Map.of("deadline", "1s"));
            Awaitility.await().until(() -> protection(client, 0), "FAILING"::equals);
            Awaitility.await()
                    .until(
                            () -> client.get("/actuator/health")
                                    .body()
                                    .at("/components/repository/status")
                                    .asString(),
                            "AWAY"::equals);
            Awaitility.await().until(() -> isTold(client, waiting));
            var expired = client.awaitEnd(late);
            assertThat(expired.get("state").asString()).as("%s", expired).isEqualTo("FAILED");
            assertThat(unsent()).as("bytes that wait here").isLessThanOrEqualTo(begun + 2 * Files.size(file(0)));
            for (var id : waiting) {
                assertThat(client.job(id).get("state").asString()).isIn("QUEUED", "RUNNING");
            }

            faults.none();
            for (var id : waiting) {
                client.snapshotOf(client.awaitEnd(id));
            }
            for (int i = 0; i < DATABASES; i++) {
                assertThat(client.snapshots("users" + i)).hasSizeGreaterThanOrEqualTo(4);
                int database = i;
                Awaitility.await().until(() -> protection(client, database), "PROTECTED"::equals);
            }
            assertThat(unsent()).as("bytes that wait here").isEqualTo(begun);
            var check = client.awaitEnd(client.submit("repository/checks", Map.of()));
            assertThat(check.get("state").asString()).as("%s", check).isEqualTo("SUCCEEDED");
        }
    }

    private static boolean isTold(ServiceClient client, List<String> jobs) throws Exception {
        for (var id : jobs) {
            if (client.job(id).at("/problem/code").asString("").equals("STORAGE_UNREACHABLE")) {
                return true;
            }
        }
        return false;
    }

    private static String protection(ServiceClient client, int database) throws Exception {
        return client.get("databases/users" + database + "/protection")
                .body()
                .get("protection")
                .asString();
    }

    /** All that lies there, of whatever kind. */
    private long unsent() throws IOException {
        try (var files = Files.walk(directory.resolve("home/unsent"))) {
            long bytes = 0;
            for (var file : files.filter(Files::isRegularFile).toList()) {
                bytes += file.toFile().length(); // 0 of one that is gone by now
            }
            return bytes;
        }
    }

    private Path file(int database) {
        return directory.resolve("users%d.db".formatted(database));
    }

    private void addRow(int database, int row) throws Exception {
        try (var connection = Users.open(file(database), 0);
                var insert = Users.insert(connection)) {
            Users.add(insert, row);
        }
    }

    private List<String> there(S3Client behind, String prefix) {
        return behind.listObjectsV2(r -> r.bucket(bucket).prefix("shop/" + prefix)).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    /** Somebody deletes a layer in the bucket, while the service has it in its indexes. */
    @Test
    void whenALayerWasDeletedItIsToldAndNothingIsBuiltOnIt() throws Exception {
        try (var faults = new S3Faults(server);
                var behind = server.client();
                var service = setup(faults, "home").start()) {
            var client = service.client();
            Users.create(file(0), "WAL", 2_000);
            client.register("users0", file(0));
            var first = client.snapshotOf(client.backup("users0"));
            var layer = there(behind, "layers/").getFirst();
            addRow(0, 2_000);
            var second = client.snapshotOf(client.backup("users0"));
            behind.deleteObject(r -> r.bucket(bucket).key(layer));
            addRow(0, 2_001);

            var next = client.snapshotOf(client.backup("users0"));

            assertThat(state(client, first)).isEqualTo("QUARANTINED");
            assertThat(state(client, second)).isEqualTo("QUARANTINED");
            assertThat(state(client, next)).isEqualTo("AVAILABLE");
            var download = client.download(next, directory.resolve("download.db"));
            assertThat(Users.read(download.file())).matches(Users::whole).returns(2_002L, Users::rows);
            var check = client.awaitEnd(client.submit("repository/checks", Map.of()));
            assertThat(check.at("/problem/code").asString()).as("%s", check).isEqualTo("REPOSITORY_DAMAGED");
            assertThat(check.get("problem").toString())
                    .contains(layer.substring(layer.lastIndexOf('/') + 1), first, second)
                    .doesNotContain(next);
            var restore = client.send(
                    "POST",
                    "restores",
                    Map.of(
                            "snapshot",
                            first,
                            "target",
                            Map.of(
                                    "mode",
                                    "NEW_FILE",
                                    "path",
                                    directory.resolve("back.db").toString())));
            assertThat(restore.status()).as("%s", restore).isEqualTo(409);
            assertThat(restore.body().get("code").asString()).isEqualTo("SNAPSHOT_QUARANTINED");
        }
    }

    private static String state(ServiceClient client, String snapshot) throws Exception {
        return client.get("snapshots/" + snapshot).body().get("state").asString();
    }

    /** What {@code recover} has made of a bucket does all that a service does. */
    @Test
    void whenTheHostIsLostTheRecoveredServiceGoesOnInTheBucket() throws Exception {
        try (var faults = new S3Faults(server)) {
            String before;
            try (var service = setup(faults, "home").start()) {
                var client = service.client();
                Users.create(file(0), "WAL", 2_000);
                client.register("users0", file(0));
                before = client.snapshotOf(client.backup("users0"));
                assertThat(client.send("POST", "repository/catalog-copies", Map.of())
                                .status())
                        .isBetween(200, 202);
                assertThat(service.stop()).isEqualTo(143);
            }
            var home = directory.resolve("another");
            var environment = Map.of(
                    "AFTERIMAGE_REPOSITORY_S3_ENDPOINT", faults.address().toString(),
                    "AFTERIMAGE_REPOSITORY_S3_REGION", "us-east-1",
                    "AFTERIMAGE_REPOSITORY_S3_ACCESS_KEY_ID",
                            String.valueOf(server.settings().accessKeyId()),
                    "AFTERIMAGE_REPOSITORY_S3_SECRET_ACCESS_KEY",
                            String.valueOf(server.settings().secretAccessKey()));
            var run = CommandRun.with(environment, "recover", "--from", "s3://" + bucket + "/shop", "--home", home);
            assertThat(run.exitCode()).as(run.toString()).isZero();

            try (var service = setup(faults, "another").start();
                    var behind = server.client()) {
                var client = service.client();
                addRow(0, 2_000);
                var after = client.snapshotOf(client.backup("users0"));
                for (var snapshot : List.of(before, after)) {
                    var download = client.download(snapshot, directory.resolve(snapshot + ".db"));
                    download.requireToBe(client.get("snapshots/" + snapshot).body());
                }
                requireSucceeded(client, "repository/checks", Map.of());
                int stored = there(behind, "").size();
                assertThat(client.send("PUT", "retention", Map.of("last", 1)).status())
                        .isBetween(200, 204);
                requireSucceeded(client, "repository/prune", Map.of());
                assertThat(there(behind, "manifests/")).hasSize(1);
                assertThat(there(behind, "")).hasSizeLessThan(stored);
                client.download(after, directory.resolve("pruned.db"))
                        .requireToBe(client.get("snapshots/" + after).body());
            }
        }
    }

    private static JsonNode requireSucceeded(ServiceClient client, String path, Map<String, ?> body) throws Exception {
        var job = client.awaitEnd(client.submit(path, body));
        assertThat(job.get("state").asString()).as("%s", job).isEqualTo("SUCCEEDED");
        return job;
    }
}
