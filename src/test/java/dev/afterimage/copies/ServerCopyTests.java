package dev.afterimage.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.sftp.SftpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

/** A copy on an SFTP server, which goes away, and has too little room. */
@Timeout(180)
class ServerCopyTests {

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private TestBackups backups;
    private Database orders;

    @BeforeEach
    void takeSnapshots() throws Exception {
        backups = new TestBackups(dir, clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
        another(30_000);
        another(30_000);
    }

    @AfterEach
    void close() {
        backups.close();
    }

    private void another(int bytes) throws Exception {
        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (randomblob(%d))".formatted(bytes));
        clock.advance(Duration.ofMinutes(1));
        backups.run(orders);
    }

    private Copying copying(SftpServer server, DataSize rate) {
        var location = "sftp://kit@127.0.0.1:%d%s/copy"
                .formatted(server.port(), server.directory().toAbsolutePath());
        var settings = new CopySettings.OfCopy(location, null, server.settings(), null, null, rate, true);
        return TestCopies.copying(backups, TestCopies.of(backups, "server", settings), clock);
    }

    private static Copied copy(Copying copying) {
        return copying.run("server", Copying.Extent.NEWS, PageProgress.NONE);
    }

    private static ProblemCode failToCopy(Copying copying) {
        var problem = catchThrowableOfType(ProblemException.class, () -> copy(copying));
        assertThat(problem).isNotNull();
        return problem.code();
    }

    private Path root() {
        return backups.catalog.node.repositoryDirectory().orElseThrow();
    }

    private static Map<String, List<Byte>> objects(Path root) throws IOException {
        var objects = new TreeMap<String, List<Byte>>();
        try (var files = Files.walk(root)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var key = root.relativize(file).toString();
                if (!key.startsWith("tmp/")) {
                    var bytes = new ArrayList<Byte>();
                    for (byte one : Files.readAllBytes(file)) {
                        bytes.add(one);
                    }
                    objects.put(key, bytes);
                }
            }
        }
        return objects;
    }

    private void assertSame(SftpServer server) throws IOException {
        assertThat(objects(server.directory().resolve("copy"))).isEqualTo(objects(root()));
    }

    @Test
    void runBringsAllAndDeletesWhatTheRepositoryDeleted() throws Exception {
        var server = SftpServer.start();
        try (server) {
            var copying = copying(server, null);
            copy(copying);
            another(30_000);
            copy(copying);
            assertSame(server);

            var newest = backups.catalog.snapshots.newest(orders.id()).orElseThrow();
            TestRemoval.on(backups).remove(newest.id(), true);
            assertThat(copying.run("server", Copying.Extent.ALL, PageProgress.NONE)
                            .deleted())
                    .isEqualTo(1);
            assertSame(server);
        }
    }

    @Test
    void runWhenTheServerAnswersNothingIsTriedAgainAndBringsAllWhenItDoes() throws Exception {
        var server = SftpServer.start();
        try (server) {
            var copying = copying(server, null);
            copy(copying);
            server.stop();
            another(30_000);
            another(30_000);
            assertThat(failToCopy(copying)).isEqualTo(ProblemCode.STORAGE_UNREACHABLE);
            server.goOn();
            Awaitility.await().until(() -> {
                try {
                    copy(copying);
                    return true;
                } catch (ProblemException e) {
                    return false; // what was found out is believed for a moment
                }
            });
            assertSame(server);
        }
    }

    @Test
    void runWhenTheServerIsFullLeavesWholeSnapshotsAndSaysSo() throws Exception {
        another(900_000);
        try (var server = SftpServer.start("ROOM=400000", "TELLS_ROOM")) {
            var copying = copying(server, null);

            assertThat(failToCopy(copying)).isEqualTo(ProblemCode.STORAGE_FULL);

            var objects = objects(server.directory().resolve("copy"));
            assertThat(objects.keySet()).noneMatch(key -> key.startsWith("manifests/"));
        }
    }

    @Test
    void runWithARateSendsNoFasterAndCanBeStopped() throws Exception {
        another(3_000_000);
        try (var server = SftpServer.start()) {
            var copying = copying(server, DataSize.ofMegabytes(1));
            long begin = System.nanoTime();
            assertThat(copy(copying).bytes()).isGreaterThan(3_000_000);
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(2_800));
            assertSame(server);

            another(3_000_000);
            long again = System.nanoTime();
            var stopped = catchThrowableOfType(
                    CancellationException.class,
                    () -> copying.run("server", Copying.Extent.NEWS, (done, total) -> {
                        if (done > 0) {
                            throw new CancellationException("stop");
                        }
                    }));
            assertThat(stopped).isNotNull();
            assertThat(Duration.ofNanos(System.nanoTime() - again)).isLessThan(Duration.ofMillis(2_800));
        }
    }
}
