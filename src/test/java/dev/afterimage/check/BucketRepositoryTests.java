package dev.afterimage.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Storages;
import dev.afterimage.retention.PruneOrder;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.s3.S3Answer;
import dev.afterimage.storage.s3.S3Answer.Ending;
import dev.afterimage.storage.s3.S3Faults;
import dev.afterimage.storage.s3.S3Request;
import dev.afterimage.storage.s3.S3Request.Kind;
import dev.afterimage.storage.s3.S3Server;
import dev.afterimage.storage.sftp.SftpSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The repository lies in a bucket whose server, or the way to it, does wrong: nothing is judged by that, and nothing is lost. */
@Timeout(180)
class BucketRepositoryTests {

    private static final String[] ROWS = {"CREATE TABLE t (b)", "INSERT INTO t VALUES (randomblob(300000))"};

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private final S3Server server = S3Server.shared();
    private final String bucket = server.newBucket();
    private final S3Faults faults = new S3Faults(server);
    private final S3Client behind = server.client();
    private TestBackups backups;
    private Database orders;
    private List<Snapshot> snapshots;

    @BeforeEach
    void takeSnapshots() throws Exception {
        backups = new TestBackups(
                dir,
                clock,
                expected -> Storages.open(
                        new Location.Bucket(bucket, "one/"),
                        faults.settings(),
                        SftpSettings.NONE,
                        dir.resolve("unsent"),
                        0,
                        expected));
        orders = backups.database("orders", ROWS);
        snapshots = new ArrayList<>(List.of(backups.run(orders)));
        another();
        another();
        faults.forget();
    }

    private void another() throws Exception {
        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (randomblob(30000))");
        clock.advance(Duration.ofDays(1));
        snapshots.add(backups.run(orders));
    }

    @AfterEach
    void close() {
        backups.close();
        behind.close();
        faults.close();
    }

    private static void assertAway(ThrowingCallable work) {
        var problem = catchThrowableOfType(ProblemException.class, work);
        assertThat(problem).isNotNull();
        assertThat(problem.code()).as(problem.toString()).isEqualTo(ProblemCode.STORAGE_UNREACHABLE);
    }

    /** Nothing is marked, and all can be read by somebody who knows nothing. */
    private void assertAllIsWell() {
        faults.none();
        for (var snapshot : snapshots) {
            assertThat(backups.catalog.snapshots.get(snapshot.id())).isEqualTo(snapshot);
            assertThat(backups.content(snapshot))
                    .hasSize((int) snapshot.content().sizeBytes());
        }
        TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE);
    }

    private List<String> there(String prefix) {
        return behind.listObjectsV2(r -> r.bucket(bucket).prefix("one/" + prefix)).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    private void prune() {
        TestRemoval.prune(backups, clock).run(PruneOrder.ofAll(false, Duration.ZERO), PageProgress.NONE);
    }

    private void keepOne() {
        backups.catalog.policies.set(
                orders.id(),
                new RetentionPolicy(1, null, null, null, null, null, null, List.of(), null, null, ZoneId.of("UTC")));
    }

    @Test
    void backupTakesFewRequests() throws Exception {
        another();
        assertThat(faults.count(Kind.PUT)).as("a layer and a manifest").isEqualTo(2);
        assertThat(faults.count(Kind.LIST)).isLessThanOrEqualTo(2);
        assertThat(faults.count()).as("each of three layers is opened anew").isLessThanOrEqualTo(10 + 3 * 5);
    }

    @Test
    void whenEachThirdRequestIsThrottledAllIsDoneAndNothingIsFound() throws Exception {
        faults.before(request -> switch (request.number() % 6) {
            case 2 -> S3Answer.refused(503, "SlowDown");
            case 5 -> S3Answer.refused(429, "TooManyRequests");
            default -> S3Answer.pass();
        });

        another();
        TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE);
        TestCheck.on(backups, clock)
                .run(snapshots.getLast().id(), CheckLevel.FULL, backups.staging(), PageProgress.NONE);

        assertThat(backups.content(snapshots.getFirst()))
                .hasSize((int) snapshots.getFirst().content().sizeBytes());
    }

    @Test
    void checkWhenLayersAreThrottledForEverFindsNothing() {
        faults.before(
                request -> request.key().contains("layers/") ? S3Answer.refused(503, "SlowDown") : S3Answer.pass());

        assertAway(() -> TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE));

        assertAllIsWell();
    }

    @Test
    void checkWhenLayersMayNotBeReadFindsNothing() {
        refuseLayers("AccessDenied");

        assertAway(() -> TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE));
        assertAway(() -> TestCheck.on(backups, clock)
                .run(snapshots.getFirst().id(), CheckLevel.QUICK, backups.staging(), PageProgress.NONE));
        assertAllIsWell();
    }

    @Test
    void checkWhenLayersLieInAnArchiveSaysThatTheyCannotBeReadNow() {
        refuseLayers("InvalidObjectState");

        var unreadable = catchThrowableOfType(
                ProblemException.class,
                () -> TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE));

        assertThat(unreadable.code()).isEqualTo(ProblemCode.REPOSITORY_UNREADABLE);
        assertThat(unreadable).hasMessageContaining("archive class");
        assertAllIsWell();
    }

    private void refuseLayers(String code) {
        faults.before(request -> request.kind() == Kind.GET && request.key().contains("layers/")
                ? S3Answer.refused(403, code)
                : S3Answer.pass());
    }

    @Test
    void readWhenEachSecondAnswerIsCutReadsAll() {
        var random = new Random(1);
        faults.before(
                Kind.GET,
                request -> request.number() % 2 == 1
                        ? new S3Answer.Cut(random.nextInt(20_000), Ending.RESET)
                        : S3Answer.pass());

        for (var snapshot : snapshots) {
            assertThat(backups.content(snapshot))
                    .hasSize((int) snapshot.content().sizeBytes());
        }
    }

    @Test
    void backupWhenEachAnswerToAPutIsLostOnceIsOneSnapshot() throws Exception {
        faults.before(
                Kind.PUT, request -> request.number() % 2 == 1 ? new S3Answer.Lost(Ending.CLOSED) : S3Answer.pass());

        another();

        assertThat(there("manifests/")).hasSize(4);
        assertAllIsWell();
    }

    @Test
    void backupWhenTheManifestCannotBePutHasMadeNone() throws Exception {
        faults.before(
                Kind.PUT,
                request ->
                        request.key().contains("manifests/") ? S3Answer.refused(403, "AccessDenied") : S3Answer.pass());

        assertAway(this::another);

        assertThat(there("manifests/")).hasSize(3);
        assertAllIsWell();
        another();
        assertAllIsWell();
    }

    @Test
    void pruneWhenListsAreCutAtHalfDeletesNothingThatIsNeeded() {
        assertNothingIsLostWhen(_ -> S3Answer.halfAList());
    }

    @Test
    void pruneWhenAListLeavesOutManifestsDeletesNothingThatIsNeeded() {
        assertNothingIsLostWhen(_ -> S3Answer.listing(key -> !key.contains("manifests/")));
    }

    @Test
    void pruneWhenAListLeavesOutLayersDeletesNothingThatIsNeeded() {
        assertNothingIsLostWhen(_ -> S3Answer.listing(key -> !key.contains("layers/")));
    }

    private void assertNothingIsLostWhen(Function<S3Request, S3Answer> lists) {
        var before = there("");
        faults.before(Kind.LIST, lists);

        for (int i = 0; i < 3; i++) {
            prune();
            clock.advance(Duration.ofDays(10));
        }
        catchThrowableOfType(
                ProblemException.class,
                () -> TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE));

        assertThat(there("")).containsAll(before);
        assertAllIsWell();
    }

    /** A full storage can be emptied, and what is there can be read. */
    @Test
    void whenNothingCanBePutPruneFreesSpaceAndAllIsRead() {
        faults.before(request -> request.kind() == Kind.PUT || request.kind() == Kind.BEGIN_UPLOAD
                ? S3Answer.refused(507, "InsufficientStorage")
                : S3Answer.pass());
        var full = catchThrowableOfType(ProblemException.class, this::another);
        assertThat(full.code()).isEqualTo(ProblemCode.STORAGE_FULL);
        keepOne();
        int before = there("").size();

        prune();

        assertThat(there("")).hasSizeLessThan(before);
        assertThat(there("manifests/")).hasSize(1);
        assertThat(backups.content(snapshots.getLast()))
                .hasSize((int) snapshots.getLast().content().sizeBytes());
    }

    @Test
    void pruneWhenDeletingIsRefusedKeepsToldAndTriesAgain() {
        keepOne();
        faults.before(request -> request.kind() == Kind.DELETE || request.kind() == Kind.DELETE_SEVERAL
                ? S3Answer.refused(403, "AccessDenied")
                : S3Answer.pass());

        assertAway(this::prune);

        faults.none();
        prune();
        assertThat(there("manifests/")).hasSize(1);
        assertThat(backups.content(snapshots.getLast()))
                .hasSize((int) snapshots.getLast().content().sizeBytes());
    }

    @Test
    void whenTheBucketIsEmptyOrNotThereAllIsAway() {
        for (var answer : List.of(
                S3Answer.refused(404, "NoSuchKey"),
                S3Answer.refused(404, "NoSuchBucket"),
                S3Answer.refused(403, "AccessDenied"))) {
            faults.before(_ -> answer);
            backups.repository.forget();

            assertAway(() -> backups.run(orders));
            assertAway(() -> TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE));
            assertAway(() -> backups.repository.list(orders.id()));
            assertAway(() -> backups.repository.unnamedLayers(orders.id()));
        }
        backups.repository.forget();
        assertAllIsWell();
    }
}
