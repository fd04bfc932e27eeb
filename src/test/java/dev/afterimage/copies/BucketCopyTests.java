package dev.afterimage.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.log.TestSegments;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.s3.S3Answer;
import dev.afterimage.storage.s3.S3Faults;
import dev.afterimage.storage.s3.S3Request.Kind;
import dev.afterimage.storage.s3.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;
import software.amazon.awssdk.services.s3.S3Client;

/** A copy in a bucket: what it costs, and what becomes of it when the server, or the way to it, does wrong. */
@Timeout(180)
class BucketCopyTests {

    private static final int DATABASES = 5;
    private static final UUID CHAIN = UUID.fromString("00000000-0000-0000-0000-0000000000c1");

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private final S3Server server = S3Server.shared();
    private final String bucket = server.newBucket();
    private final S3Faults faults = new S3Faults(server);
    private final S3Client behind = server.client();
    private final List<Database> databases = new ArrayList<>();
    private TestBackups backups;
    private Copying copying;

    @BeforeEach
    void takeSnapshots() throws Exception {
        backups = new TestBackups(dir, clock);
        for (int i = 0; i < DATABASES; i++) {
            databases.add(backups.database("shop-" + i, "CREATE TABLE t (v)"));
            another(i);
            another(i);
        }
        var settings =
                new CopySettings.OfCopy("s3://" + bucket + "/copy", faults.settings(), null, null, null, null, true);
        copying = TestCopies.copying(backups, TestCopies.of(backups, "offsite", settings), clock);
    }

    @AfterEach
    void close() {
        backups.close();
        behind.close();
        faults.close();
    }

    private Copying at(String rate) {
        var settings = new CopySettings.OfCopy(
                "s3://" + bucket + "/slow", faults.settings(), null, null, null, DataSize.parse(rate), true);
        return TestCopies.copying(backups, TestCopies.of(backups, "slow", settings), clock);
    }

    private Snapshot another(int database) throws Exception {
        var of = databases.get(database);
        TestBackups.execute(of.path(), "INSERT INTO t VALUES (randomblob(30000))");
        clock.advance(Duration.ofMinutes(1));
        return backups.run(of);
    }

    private Copied copy(Copying.Extent extent) {
        return copying.run("offsite", extent, PageProgress.NONE);
    }

    private ProblemException failToCopy() {
        var problem = catchThrowableOfType(ProblemException.class, () -> copy(Copying.Extent.NEWS));
        assertThat(problem).isNotNull();
        return problem;
    }

    private Path root() {
        return backups.catalog.node.repositoryDirectory().orElseThrow();
    }

    private void assertSame() throws IOException {
        var there = new TreeMap<String, byte[]>();
        for (var object : behind.listObjectsV2Paginator(
                        request -> request.bucket(bucket).prefix("copy/"))
                .contents()) {
            there.put(
                    object.key().substring("copy/".length()),
                    behind.getObjectAsBytes(request -> request.bucket(bucket).key(object.key()))
                            .asByteArray());
        }
        var here = new TreeMap<String, byte[]>();
        try (var files = Files.walk(root())) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var key = root().relativize(file).toString();
                if (!key.startsWith("tmp/")) {
                    here.put(key, Files.readAllBytes(file));
                }
            }
        }
        assertThat(there.keySet()).isEqualTo(here.keySet());
        there.forEach((key, bytes) -> assertThat(bytes).as(key).isEqualTo(here.get(key)));
    }

    /** Bytes that wait on this machine for being sent. */
    private long unsent() throws IOException {
        var unsent = backups.catalog.node.unsent().resolve("offsite/objects");
        if (!Files.exists(unsent)) {
            return 0;
        }
        try (var files = Files.walk(unsent)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    @Test
    void runForANewSnapshotListsThatDatabaseAloneHoweverManyThereAre() throws Exception {
        copy(Copying.Extent.NEWS);
        assertSame();
        another(0);
        faults.forget();

        copy(Copying.Extent.NEWS);

        assertThat(faults.count(Kind.LIST))
                .as("leases, keys, layers, compactions, copies of catalogs")
                .isLessThanOrEqualTo(5);
        assertThat(faults.count(Kind.PUT)).as("a layer and a manifest").isEqualTo(2);
        assertThat(faults.count()).isLessThanOrEqualTo(14);
        assertSame();
    }

    @Test
    void runForALogPutsTheOlderSegmentsFirstAndListsItOnce() throws Exception {
        for (long first = 1; first < 40; first += 2) {
            TestSegments.put(backups.repository.vault(), databases.getFirst().id(), CHAIN, first);
        }

        copy(Copying.Extent.NEWS);

        var put = faults.seen().stream()
                .filter(one -> one.request().kind() == Kind.PUT)
                .map(one -> one.request().key())
                .toList();
        assertThat(put).filteredOn(key -> key.contains("log/")).hasSize(20).isSorted();
        assertThat(put.getLast()).as("snapshots before").contains("log/");
        assertThat(faults.seen())
                .filteredOn(one -> one.request().kind() == Kind.LIST
                        && one.request().query("prefix").orElse("").contains("/log/"))
                .hasSize(1);
        assertSame();
        another(0);
        faults.forget();
        copy(Copying.Extent.NEWS);
        assertThat(faults.count(Kind.LIST)).as("none of the log").isLessThanOrEqualTo(5);
        assertThat(faults.count()).isLessThanOrEqualTo(14);
    }

    @Test
    void runWhenNothingIsNewListsNothingThatGrows() {
        copy(Copying.Extent.NEWS);
        faults.forget();

        copy(Copying.Extent.NEWS);

        assertThat(faults.count(Kind.LIST))
                .as("leases, keys, copies of catalogs")
                .isLessThanOrEqualTo(3);
        assertThat(faults.count()).isLessThanOrEqualTo(7);
    }

    @Test
    void runOnceADayComparesAllByOneListOfEachKind() throws Exception {
        copy(Copying.Extent.NEWS);
        another(0);
        clock.advance(Duration.ofHours(25));
        faults.forget();

        copy(Copying.Extent.NEWS);

        assertThat(faults.count(Kind.LIST))
                .as("leases, keys, manifests, layers, compactions, copies of catalogs, and uploads of the dead")
                .isLessThanOrEqualTo(7);
        assertThat(faults.seen())
                .as("one manifest is put, and read back; no other is read")
                .filteredOn(one ->
                        one.request().kind() == Kind.GET && one.request().key().contains("manifests/"))
                .hasSizeLessThanOrEqualTo(1);
        faults.forget();
        another(1);
        copy(Copying.Extent.NEWS);
        assertThat(faults.count(Kind.LIST)).as("for a day").isLessThanOrEqualTo(5);
        assertSame();
    }

    @Test
    void runWhenASnapshotWasDeletedDeletesItAtOnceAndItsLayersWithinADay() throws Exception {
        var second = another(0);
        copy(Copying.Extent.NEWS);
        TestRemoval.on(backups).remove(second.id(), true);
        faults.forget();

        assertThat(copy(Copying.Extent.NEWS).deleted()).isEqualTo(1);

        assertThat(faults.count(Kind.LIST)).isLessThanOrEqualTo(5);
        clock.advance(Duration.ofHours(25));
        copy(Copying.Extent.NEWS);
        assertSame();
    }

    @Test
    void runWhenEachThirdRequestIsThrottledBringsAll() throws Exception {
        faults.before(request -> switch (request.number() % 6) {
            case 2 -> S3Answer.refused(503, "SlowDown");
            case 5 -> S3Answer.refused(429, "TooManyRequests");
            default -> S3Answer.pass();
        });

        copy(Copying.Extent.NEWS);

        faults.none();
        assertSame();
    }

    @Test
    void runWhenPutsAreRefusedInBetweenLeavesWholeSnapshotsAndTheNextBringsTheOthers() throws Exception {
        faults.before(
                Kind.PUT, request -> request.number() > 6 ? S3Answer.refused(403, "AccessDenied") : S3Answer.pass());
        failToCopy();
        assertThat(unsent()).isZero();

        faults.none();
        copy(Copying.Extent.NEWS);

        assertSame();
    }

    /** So much is on the way at most: what is read next waits until something was sent. */
    @Test
    void runWhileTheBucketIsAwayForAnHourKeepsNothingOnThisMachineAndBringsAllAfterwards() throws Exception {
        copy(Copying.Extent.NEWS);
        faults.before(_ -> S3Answer.refused(403, "AccessDenied"));
        for (int i = 0; i < 6; i++) {
            clock.advance(Duration.ofMinutes(10));
            another(i % DATABASES);
            assertThat(failToCopy().code()).isEqualTo(ProblemCode.STORAGE_UNREACHABLE);
            assertThat(unsent()).as("bytes that wait").isZero();
        }
        assertThat(backups.catalog.copied.lacking("offsite")).isEqualTo(6);

        faults.none();
        Awaitility.await().until(() -> {
            try {
                copy(Copying.Extent.NEWS);
                return true;
            } catch (ProblemException e) {
                return false; // what was found out about the place is believed for a moment
            }
        });
        assertThat(backups.catalog.copied.lacking("offsite")).isZero();
        assertThat(unsent()).isZero();
        assertSame();
    }

    /** Read by three threads, and sent by them: what counts is all together. */
    @Test
    void runWithARateReadsAndSendsNoFaster() throws Exception {
        TestBackups.execute(
                databases.getFirst().path(),
                "INSERT INTO t SELECT randomblob(1000000) FROM sqlite_schema, (VALUES (1), (2), (3))");
        backups.run(databases.getFirst());
        long begin = System.nanoTime();

        var copied = at("1MB").run("slow", Copying.Extent.ALL, PageProgress.NONE);

        var took = Duration.ofNanos(System.nanoTime() - begin);
        assertThat(copied.bytes()).isGreaterThan(3_000_000);
        assertThat(took).isGreaterThan(Duration.ofSeconds(3).minusMillis(200));
    }

    @Test
    void runWhenAListIsCutAtHalfDeletesNothingAndPutsWhatItLacks() throws Exception {
        copy(Copying.Extent.ALL);
        another(0);
        faults.before(Kind.LIST, _ -> S3Answer.halfAList());

        copy(Copying.Extent.ALL);

        faults.none();
        copy(Copying.Extent.ALL);
        assertSame();
    }
}
