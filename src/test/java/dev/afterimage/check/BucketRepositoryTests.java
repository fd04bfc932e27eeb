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
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.RestoreTarget;
import dev.afterimage.restore.TargetMode;
import dev.afterimage.restore.TestRestore;
import dev.afterimage.retention.PruneOrder;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.sqlite.replace.WhenChanged;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.s3.S3Answer;
import dev.afterimage.storage.s3.S3Answer.Ending;
import dev.afterimage.storage.s3.S3Faults;
import dev.afterimage.storage.s3.S3Request;
import dev.afterimage.storage.s3.S3Request.Kind;
import dev.afterimage.storage.s3.S3Server;
import dev.afterimage.storage.sftp.SftpSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.assertj.core.api.InstanceOfAssertFactories;
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

    private static ProblemException assertArchived(ThrowingCallable work, Collection<String> keys) {
        var problem = catchThrowableOfType(ProblemException.class, work);
        assertThat(problem).isNotNull();
        assertThat(problem.code()).as(problem.toString()).isEqualTo(ProblemCode.OBJECTS_ARCHIVED);
        assertThat(problem.problem().hint()).contains("aws s3api restore-object");
        assertThat(problem.problem().properties().get("archived"))
                .asInstanceOf(InstanceOfAssertFactories.list(Map.class))
                .allSatisfy(object -> assertThat(object.get("storageClass")).isEqualTo("DEEP_ARCHIVE"))
                .extracting(object -> object.get("key"))
                .containsExactlyInAnyOrderElementsOf(keys);
        keys.forEach(key -> assertThat(problem).hasMessageContaining(key + " (DEEP_ARCHIVE)"));
        return problem;
    }

    private void restore(Path target) {
        var item = new RestoreItem(
                snapshots.getLast().id(), new RestoreTarget(target, TargetMode.NEW_FILE, null), false, false);
        try (var prepared = TestRestore.on(backups)
                .prepare(UUID.randomUUID(), item, Optional.empty(), backups.staging(), PageProgress.NONE)) {
            prepared.put(Duration.ZERO, WhenChanged.NONE, PageProgress.NONE);
        }
    }

    private void archive(Predicate<String> keys) {
        faults.before(
                request -> keys.test(request.key()) ? S3Answer.archived(request, "DEEP_ARCHIVE") : S3Answer.pass());
        faults.forget();
    }

    /** Of what the newest snapshot needs; thawing takes hours, so nobody shall find out one by one. */
    private Set<String> layersOfTheNewest() {
        return backups.repository.find(orders.id(), snapshots.getLast().id()).orElseThrow().layers().stream()
                .map(layer -> "one/" + ObjectKeys.layer(orders.id(), layer.id()))
                .collect(Collectors.toSet());
    }

    @Test
    void checkOfTheRepositoryWhenLayersLieInAnArchiveNamesThemAndFindsNothing() {
        archive(key -> key.contains("layers/"));

        assertArchived(() -> TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE), there("layers/"));

        assertThat(faults.seen())
                .as("each of three layers is opened, read, and looked at once")
                .filteredOn(one -> one.request().key().contains("layers/"))
                .hasSizeLessThanOrEqualTo(3 * 3);
        assertAllIsWell();
    }

    @Test
    void checkOfTheRepositoryWhenManifestsLieInAnArchiveNamesThemAndFindsNothing() {
        archive(key -> key.contains("manifests/"));

        assertArchived(() -> TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE), there("manifests/"));

        assertAllIsWell();
    }

    @Test
    void checkOfTheRepositoryWhenOneLayerIsArchivedAndAnotherIsRefusedTellsBoth() {
        var archived = there("layers/").getFirst();
        faults.before(request -> !request.key().contains("layers/")
                ? S3Answer.pass()
                : request.key().equals(archived)
                        ? S3Answer.archived(request, "GLACIER")
                        : request.kind() == Kind.GET ? S3Answer.refused(418, "Strange") : S3Answer.pass());

        var problem = catchThrowableOfType(
                ProblemException.class,
                () -> TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE));

        assertThat(problem.code()).isEqualTo(ProblemCode.REPOSITORY_UNREADABLE);
        assertThat(problem.problem().properties().get("archived")).asString().contains(archived);
        assertAllIsWell();
    }

    @Test
    void checkOfASnapshotWhenItsLayersLieInAnArchiveNamesAllAndQuarantinesNothing() {
        var layers = layersOfTheNewest();
        assertThat(layers).hasSize(3);
        archive(key -> key.contains("layers/"));

        assertArchived(
                () -> TestCheck.on(backups, clock)
                        .run(snapshots.getLast().id(), CheckLevel.FULL, backups.staging(), PageProgress.NONE),
                layers);

        assertThat(faults.count(Kind.GET, Kind.HEAD))
                .as("manifests, and of each layer what was met and one look")
                .isLessThanOrEqualTo(25);
        assertAllIsWell();
    }

    @Test
    void restoreWhenLayersLieInAnArchiveNamesThemAndWritesNothing() {
        var archived = new TreeSet<>(layersOfTheNewest());
        archived.removeFirst();
        var target = dir.resolve("restored.db");
        archive(archived::contains);

        assertArchived(() -> restore(target), archived);

        assertThat(target).doesNotExist();
        assertAllIsWell();
    }

    /** What a node has kept of layers is enough to open a snapshot, and not to read it. */
    @Test
    void restoreWhenTheIndexesAreKeptNamesAllArchivedLayers() {
        assertThat(backups.content(snapshots.getLast())).isNotEmpty();
        var target = dir.resolve("restored.db");
        archive(key -> key.contains("layers/"));

        assertArchived(() -> restore(target), layersOfTheNewest());

        assertThat(target).doesNotExist();
    }

    @Test
    void restoreWhenTheObjectsWereThawedSucceeds() throws Exception {
        archive(key -> key.contains("layers/"));
        var target = dir.resolve("restored.db");
        assertArchived(() -> restore(target), layersOfTheNewest());

        // The class stays what it was.
        faults.before(Kind.HEAD, _ -> S3Answer.withHeaders("x-amz-storage-class", "DEEP_ARCHIVE"));
        restore(target);

        assertThat(Files.size(target)).isEqualTo(snapshots.getLast().content().sizeBytes());
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
