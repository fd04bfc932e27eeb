package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.storage.s3.S3Answer;
import dev.afterimage.storage.s3.S3Answer.Ending;
import dev.afterimage.storage.s3.S3Faults;
import dev.afterimage.storage.s3.S3Request;
import dev.afterimage.storage.s3.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Databases are followed, and their log goes to a bucket: it is away for a while, or takes one object for a while not. */
@Timeout(600)
class BucketFollowTests {

    private static final long MOST = 4 << 20;

    @TempDir
    Path directory;

    private final S3Server server = S3Server.shared();
    private final String bucket = server.newBucket();

    private ServiceSetup setup(S3Faults faults) {
        return ServiceSetup.in(directory)
                .with("--afterimage.follow.max-spool=4MB")
                .inBucket(server, bucket, faults);
    }

    private Path file(String name) {
        return directory.resolve(name + ".db");
    }

    private Connection follow(ServiceClient client, String name) throws Exception {
        var application = DriverManager.getConnection("jdbc:sqlite:" + file(name));
        SampleDatabases.execute(application, "PRAGMA journal_mode = WAL");
        SampleDatabases.execute(application, "CREATE TABLE work (id INTEGER PRIMARY KEY, content BLOB)");
        client.register(name, file(name));
        var put = client.send("PUT", path(name), Map.of("interval", "100ms", "besideSource", true));
        assertThat(put.status()).as("%s", put).isEqualTo(200);
        await().until(() -> isFollowing(client, name));
        client.snapshotOf(client.backup(name));
        return application;
    }

    private static String path(String name) {
        return "databases/" + name + "/follow";
    }

    private static JsonNode standing(ServiceClient client, String name) throws IOException, InterruptedException {
        return client.get(path(name)).body();
    }

    private static boolean isFollowing(ServiceClient client, String name) throws IOException, InterruptedException {
        return standing(client, name).get("state").asString().equals("FOLLOWING");
    }

    private static String chain(ServiceClient client, String name) throws IOException, InterruptedException {
        return standing(client, name).at("/position/chain").asString();
    }

    private static long taken(ServiceClient client, String name) throws IOException, InterruptedException {
        return standing(client, name).at("/position/commit").asLong();
    }

    private static void write(Connection application) throws SQLException {
        SampleDatabases.execute(application, "INSERT INTO work (content) VALUES (randomblob(20000))");
    }

    /** Commits, and keeps what the database is then by the number of the commit, which is taken by then. */
    private void keep(Connection application, ServiceClient client, String name, Map<Long, byte[]> then)
            throws Exception {
        long before = taken(client, name);
        write(application);
        await().until(() -> taken(client, name) == before + 1);
        await("no checkpoint gets through").until(() -> isWrittenBack(application));
        then.put(before + 1, Files.readAllBytes(file(name)));
    }

    private static boolean isWrittenBack(Connection application) throws SQLException {
        try (var statement = application.createStatement();
                var row = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
            return row.getInt(1) == 0;
        }
    }

    private static JsonNode flush(ServiceClient client, String name) throws Exception {
        var flushed = client.send("POST", path(name) + "/flush?wait=120s", Map.of());
        assertThat(flushed.status()).as("%s", flushed).isEqualTo(200);
        return flushed.body();
    }

    private void requireReachable(ServiceClient client, String name, Map<Long, byte[]> then) throws Exception {
        assertThat(then).isNotEmpty();
        for (var moment : then.entrySet()) {
            var file = directory.resolve("moment.db");
            client.download(name + "@" + moment.getKey(), file);
            assertThat(file).as("commit %d", moment.getKey()).hasBinaryContent(moment.getValue());
        }
        assertThat(client.get("databases/" + name + "/timeline").body().get("gaps"))
                .isEmpty();
    }

    private long spooled() throws IOException {
        try (var files = Files.walk(directory.resolve("home").resolve("spool"))) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    @Test
    void whatIsCommittedWhileItIsAwayWaitsAndIsStoredWithoutAGap() throws Exception {
        try (var faults = new S3Faults(server);
                var service = setup(faults).start()) {
            var client = service.client();
            try (var application = follow(client, "orders")) {
                write(application);
                flush(client, "orders");
                var chain = chain(client, "orders");
                long stored = taken(client, "orders");
                faults.before(_ -> new S3Answer.Dropped(Ending.RESET));

                var then = new TreeMap<Long, byte[]>();
                for (int i = 0; i < 5; i++) {
                    keep(application, client, "orders", then);
                }
                await().until(() -> standing(client, "orders").hasNonNull("storeProblem"));
                var behind = standing(client, "orders");
                assertThat(behind.get("state").asString()).isEqualTo("FOLLOWING");
                assertThat(behind.at("/position/storedCommit").asLong()).isEqualTo(stored);
                assertThat(behind.at("/position/commit").asLong()).isEqualTo(stored + 5);
                assertThat(behind.at("/lag/bytes").asLong()).isGreaterThan(5 * 20_000);
                assertThat(behind.at("/lag/millis").asLong()).isPositive();
                var unflushed = client.send("POST", path("orders") + "/flush?wait=1s", Map.of());
                assertThat(unflushed.body().get("code").asString()).isEqualTo("FOLLOW_BEHIND");

                faults.none();
                flush(client, "orders");
                var caughtUp = standing(client, "orders");
                assertThat(caughtUp.at("/lag/bytes").asLong()).isZero();
                assertThat(caughtUp.get("storeProblem").isNull()).isTrue();
                assertThat(chain(client, "orders")).isEqualTo(chain);
                requireReachable(client, "orders", then);
            }
        }
    }

    /** What comes after it waits as well, since nothing is stored out of order; the other databases do not. */
    @Test
    void whenOneObjectIsRefusedTheOtherDatabasesGoOnAndThisOneWhenItIsTaken() throws Exception {
        try (var faults = new S3Faults(server);
                var service = setup(faults).start()) {
            var client = service.client();
            try (var application = follow(client, "orders");
                    var other = follow(client, "users")) {
                var chain = chain(client, "orders");
                refuseOneOf(chain, faults);

                var then = new TreeMap<Long, byte[]>();
                for (int i = 0; i < 5; i++) {
                    keep(application, client, "orders", then);
                }
                await().until(() -> standing(client, "orders").hasNonNull("storeProblem"));
                assertThat(standing(client, "orders").get("storeProblem").asString())
                        .contains("403");
                requireGoesOn(other, client);

                faults.none();
                flush(client, "orders");
                assertThat(chain(client, "orders")).isEqualTo(chain);
                requireReachable(client, "orders", then);

                refuseOneOf(chain, faults);
                while (isFollowing(client, "orders")) {
                    write(application);
                    assertThat(spooled()).isLessThan(MOST);
                }
                var full = standing(client, "orders");
                assertThat(full.get("reason").asString()).contains("too much waits for the repository");
                assertThat(full.get("storeProblem").asString()).contains("403");
                for (int i = 0; i < 200; i++) {
                    write(application);
                    assertThat(spooled()).isLessThan(MOST);
                }
                requireGoesOn(other, client);
                await().until(() -> protection(client, "orders").get("cause").asString(), "NOT_FOLLOWED"::equals);
                assertThat(protection(client, "orders").get("reason").asString())
                        .contains("too much waits for the repository");
                assertThat(protection(client, "users").get("protection").asString())
                        .isEqualTo("PROTECTED");

                faults.none();
                await().until(() -> isFollowing(client, "orders"));
                write(application);
                flush(client, "orders");
                await().until(
                                () -> protection(client, "orders")
                                        .get("protection")
                                        .asString(),
                                "PROTECTED"::equals);
            }
        }
    }

    /** The first that comes from now on. */
    private static void refuseOneOf(String chain, S3Faults faults) {
        var refused = new AtomicReference<String>();
        faults.before(request -> {
            boolean writes =
                    request.kind() == S3Request.Kind.PUT && request.key().contains(chain);
            return writes && request.key().equals(refused.updateAndGet(key -> key == null ? request.key() : key))
                    ? S3Answer.refused(403, "AccessDenied")
                    : S3Answer.pass();
        });
    }

    private static void requireGoesOn(Connection application, ServiceClient client) throws Exception {
        long before = taken(client, "users");
        write(application);
        assertThat(flush(client, "users").get("commit").asLong()).isEqualTo(before + 1);
        assertThat(standing(client, "users").get("storeProblem").isNull()).isTrue();
    }

    private static JsonNode protection(ServiceClient client, String name) throws IOException, InterruptedException {
        return client.get("databases/" + name + "/protection").body();
    }
}
