package dev.afterimage.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.s3.S3Answer.Ending;
import dev.afterimage.storage.s3.S3Request.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkGlobalTime;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** What a storage in a bucket makes of servers and networks that do wrong: nothing is lost, nothing is said to be that is not, nothing hangs. */
@Timeout(180)
class S3FaultTests {

    private static final String KEY = "layers/x/object";

    @TempDir
    Path directory;

    private final S3Server server = S3Server.shared();
    private final String bucket = server.newBucket();
    private final S3Faults faults = new S3Faults(server);
    private final S3Client behind = server.client();
    private S3Storage storage;

    @BeforeEach
    void open() {
        storage = openAnew();
    }

    /** What another process has. */
    private S3Storage openAnew() {
        return openAnew(faults.settings());
    }

    private S3Storage openAnew(S3Settings settings) {
        return new S3Storage(
                new S3Bucket(new Location.Bucket(bucket, "one/"), settings, Clock.systemUTC()),
                directory.resolve("unsent"),
                0,
                null);
    }

    @AfterEach
    void close() {
        SdkGlobalTime.setGlobalTimeOffset(0); // the SDK believes one skewed answer for all clients of the JVM
        behind.close();
        faults.close();
    }

    private boolean put(String key, byte[] bytes) {
        try (var object = storage.create()) {
            object.write(ByteBuffer.wrap(bytes));
            return object.put(key);
        }
    }

    private boolean put(String key, String text) {
        return put(key, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Once put, so that the probe is over. */
    private void begin() {
        put("keys/1", "begun");
        faults.forget();
    }

    private static byte[] large() {
        var bytes = new byte[(64 << 20) + (5 << 20)];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    private String read(String key) {
        return new String(storage.read(key, 1 << 20), StandardCharsets.UTF_8);
    }

    private List<String> there() {
        return behind.listObjectsV2(r -> r.bucket(bucket).prefix("one/layers/")).contents().stream()
                .map(S3Object::key)
                .map(key -> key.substring("one/".length()))
                .toList();
    }

    private void assertNoUploads() throws IOException {
        assertThat(behind.listMultipartUploads(r -> r.bucket(bucket)).uploads()).isEmpty();
        try (var notes = Files.list(directory.resolve("unsent/uploads"))) {
            assertThat(notes).isEmpty();
        }
    }

    private static ProblemException assertAway(ThrowingCallable call) {
        var problem = catchThrowableOfType(ProblemException.class, call);
        assertThat(problem).isNotNull();
        assertThat(problem.code()).isEqualTo(ProblemCode.STORAGE_UNREACHABLE);
        return problem;
    }

    private void doAll() {
        assertThat(put("layers/x/1", "one")).isTrue();
        assertThat(put("layers/x/2", "two")).isTrue();
        assertThat(put("layers/x/2", "three")).isFalse();
        assertThat(storage.list("layers/")).hasSize(2);
        assertThat(storage.folders("layers/")).containsExactly("x");
        assertThat(storage.size("layers/x/1")).isEqualTo(3);
        assertThat(read("layers/x/1")).isEqualTo("one");
        try (var object = storage.open("layers/x/2", 3)) {
            var bytes = ByteBuffer.allocate(2);
            object.read(1, bytes);
            assertThat(bytes.array()).containsExactly('w', 'o');
        }
        storage.delete(List.of("layers/x/1", "layers/x/2"));
        assertThat(storage.list("layers/")).isEmpty();
        assertThat(there()).isEmpty();
    }

    @Test
    void whenEachSecondRequestIsThrottledAllIsDoneInTheEnd() {
        begin();
        faults.before(request -> switch (request.number() % 4) {
            case 1 -> S3Answer.refused(503, "SlowDown");
            case 3 -> S3Answer.refused(429, "TooManyRequests");
            default -> S3Answer.pass();
        });

        doAll();
    }

    @Test
    void whenEachSecondRequestFailsInsideTheServerAllIsDoneInTheEnd() {
        begin();
        faults.before(request -> request.number() % 2 == 1 ? S3Answer.refused(500, "InternalError") : S3Answer.pass());

        doAll();
    }

    @ParameterizedTest
    @EnumSource
    void whenEachSecondConnectionIsDroppedAllIsDoneInTheEnd(Ending ending) {
        begin();
        faults.before(request -> request.number() % 2 == 1 ? new S3Answer.Dropped(ending) : S3Answer.pass());

        doAll();
    }

    @ParameterizedTest
    @EnumSource
    void whenEachSecondAnswerIsLostAllIsDoneOnce(Ending ending) {
        begin();
        faults.before(request -> request.number() % 2 == 1 ? new S3Answer.Lost(ending) : S3Answer.pass());

        doAll();
    }

    @Test
    void whenAConnectionThatWasUsedIsDeadAllIsDone() {
        begin();
        storage = openAnew(); // the probe has left more connections than anybody tries
        faults.before(request -> request.idle().isZero() ? S3Answer.pass() : new S3Answer.Dropped(Ending.RESET));

        doAll();
    }

    @Test
    void whenItKnowsNeitherChunksNorTrailersAllIsDone() {
        faults.before(request -> request.isInAwsChunks() ? S3Answer.refused(501, "NotImplemented") : S3Answer.pass());

        doAll();
        assertThat(put(KEY, large())).isTrue();
        assertThat(there()).containsExactly(KEY);
    }

    @Test
    void whenSeveralAreDeletedOnlyWithMd5AllIsDone() {
        faults.before(
                Kind.DELETE_SEVERAL,
                request -> request.header("Content-MD5").isEmpty()
                        ? S3Answer.refused(400, "MissingContentMD5")
                        : S3Answer.pass());

        doAll();
        assertThat(faults.count(Kind.DELETE_SEVERAL)).isEqualTo(1);
    }

    @Test
    void whenSeveralCannotBeDeletedAtOnceAllIsDone() {
        faults.before(Kind.DELETE_SEVERAL, _ -> S3Answer.refused(501, "NotImplemented"));

        doAll();
    }

    @Test
    void whenPagesHaveTwoEntriesAllIsDone() {
        faults.before(Kind.LIST, _ -> S3Answer.pagesOf(2));
        begin();

        doAll();
        var keys = IntStream.range(0, 7).mapToObj("layers/x%d/o"::formatted).toList();
        keys.forEach(key -> put(key, "1"));
        assertThat(storage.list("layers/")).extracting(ObjectInfo::key).containsExactlyElementsOf(keys);
        assertThat(storage.folders("layers/")).hasSize(7);
        assertThat(storage.hasOnlyKeys()).isFalse();
        storage.delete(keys);
        assertThat(storage.hasOnlyKeys()).isTrue();
    }

    /** What is asked for is bounded, and never taken for damage. */
    @Test
    void whenItIsThrottledForEverItIsAway() throws InterruptedException {
        begin();
        put(KEY, "text");
        faults.before(_ -> S3Answer.refused(503, "SlowDown"));
        var calls = List.<ThrowingCallable>of(
                () -> storage.read(KEY, 100),
                () -> storage.size(KEY),
                () -> storage.list("layers/"),
                () -> storage.folders("layers/"),
                () -> storage.delete(List.of(KEY)),
                () -> storage.delete(List.of(KEY, "layers/x/other")),
                () -> put("layers/x/other", "text"),
                storage::identity,
                storage::isEmpty);

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) { // each takes a quarter of a minute
            threads.invokeAll(calls.stream()
                            .map(call -> (Callable<ProblemException>) () -> assertAway(call))
                            .toList())
                    .forEach(Future::resultNow);
        }

        faults.none();
        assertThat(there()).containsExactly(KEY);
        assertThat(read(KEY)).isEqualTo("text");
    }

    @Test
    void whenAccessIsRefusedItIsAwayAndTheHintSaysWhatToDo() {
        begin();
        put(KEY, "text");
        faults.before(_ -> S3Answer.refused(403, "AccessDenied"));
        assertThat(assertAway(() -> storage.read(KEY, 100)).problem().hint()).contains("policy");
        assertAway(() -> storage.size(KEY));
        assertAway(() -> storage.list("layers/"));
        assertAway(() -> put("layers/x/other", "text"));
        faults.before(_ -> S3Answer.refused(400, "ExpiredToken"));
        assertThat(assertAway(() -> storage.read(KEY, 100)).problem().hint()).contains("renew the access key");
        faults.before(_ -> S3Answer.refused(404, "NoSuchBucket"));
        assertThat(assertAway(() -> storage.read(KEY, 100)).problem().hint()).contains("Make the bucket");
        assertAway(() -> storage.list("layers/"));
    }

    private StorageException.Archived assertArchived(S3Answer looked) {
        faults.forget();
        faults.before(request -> switch (request.kind()) {
            case GET -> S3Answer.refused(403, "InvalidObjectState");
            case HEAD -> looked;
            default -> S3Answer.pass();
        });
        var archived = catchThrowableOfType(StorageException.Archived.class, () -> storage.read(KEY, 100));
        assertThat(archived).isNotNull();
        assertThat(archived.code()).isEqualTo(ProblemCode.OBJECTS_ARCHIVED);
        assertThat(faults.count(Kind.GET)).as("nothing is tried again").isEqualTo(1);
        assertThat(faults.count(Kind.HEAD)).isLessThanOrEqualTo(1);
        return archived;
    }

    private void assertArchived(S3Answer looked, @Nullable String storageClass, boolean isBeingRestored) {
        assertThat(assertArchived(looked).objects()).singleElement().satisfies(object -> {
            assertThat(object.key()).endsWith(KEY);
            assertThat(object.storageClass()).isEqualTo(storageClass);
            assertThat(object.isBeingRestored()).isEqualTo(isBeingRestored);
        });
    }

    @Test
    void readWhenItLiesInAnArchiveNamesItItsClassAndWhetherItIsBeingRestored() {
        begin();
        put(KEY, "text");

        assertArchived(S3Answer.withHeaders("x-amz-storage-class", "DEEP_ARCHIVE"), "DEEP_ARCHIVE", false);
        assertArchived(
                S3Answer.withHeaders("x-amz-storage-class", "GLACIER", "x-amz-restore", "ongoing-request=\"true\""),
                "GLACIER",
                true);
        assertArchived(
                S3Answer.withHeaders(
                        "x-amz-storage-class", "INTELLIGENT_TIERING", "x-amz-archive-status", "ARCHIVE_ACCESS"),
                "INTELLIGENT_TIERING, ARCHIVE_ACCESS",
                false);
        assertThat(assertArchived(S3Answer.withHeaders("x-amz-storage-class", "GLACIER")))
                .hasMessageContaining(KEY + " (GLACIER)");
    }

    @Test
    void readWhenItLiesInAnArchiveAndMayNotBeLookedAtIsArchivedAllTheSame() {
        begin();
        put(KEY, "text");

        assertArchived(S3Answer.refused(403, ""), null, false);
    }

    @Test
    void whenTheClocksDifferTheProblemSaysByHowMuch() {
        begin();
        put(KEY, "text");
        faults.before(_ -> S3Answer.skewed(Duration.ofDays(8)));
        assertThat(assertAway(() -> storage.read(KEY, 100)))
                .hasMessageMatching("(?s).*Its clock is 69\\d{4} s from ours.*");

        SdkGlobalTime.setGlobalTimeOffset(0);
        faults.before(_ -> S3Answer.skewed(Duration.ZERO));
        assertThat(assertAway(() -> storage.read(KEY, 100))).hasMessageContaining("Its clock agrees with ours");
    }

    @Test
    void whenOneAnswerWasSkewedTheNextRequestsAreSignedForTheRightTimeAgain() {
        begin();
        put(KEY, "text");
        faults.before(request -> request.number() == 1 ? S3Answer.skewed(Duration.ofDays(8)) : S3Answer.pass());

        assertThat(read(KEY)).isEqualTo("text");
    }

    /** What one server says of the clock, others need not be asked by. */
    @Test
    void whenOneServerIsSkewedAnotherIsAskedByTheRightTime() {
        begin();
        put(KEY, "text");
        faults.before(_ -> S3Answer.skewed(Duration.ofDays(8)));
        assertAway(() -> read(KEY));
        try (var others = new S3Faults(server)) {
            storage = openAnew(others.settings());

            assertThat(read(KEY)).isEqualTo("text");

            assertThat(others.count()).isEqualTo(1);
        }
    }

    /** A key in files, and which of those that were given out are valid. */
    private final class Keys {

        private final Path id = directory.resolve("access-key-id");
        private final Path secret = directory.resolve("secret-access-key");
        private final Set<String> expired = ConcurrentHashMap.newKeySet();

        S3Settings settings() {
            return new S3Settings(
                    faults.address(), S3Server.REGION, null, null, null, id, secret, null, null, null, null);
        }

        void write(String key) {
            try {
                Files.writeString(id, key + "\n");
                Files.writeString(secret, key.equals(S3Server.ACCESS_KEY) ? S3Server.SECRET_KEY : "secret of " + key);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** What the server makes of the key of a request; it knows one itself, and the kit signs for the others. */
        S3Answer answer(S3Request request, String code) {
            return expired.contains(request.accessKey())
                    ? S3Answer.refused(code.equals("ExpiredToken") ? 400 : 403, code)
                    : new S3Answer.Changed(S3Request::signedAnew, reply -> reply);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied"})
    void putWhenTheKeyExpiresAmongThePartsGoesOnWithTheOneThatIsInTheFilesByThen(String code) throws IOException {
        var keys = new Keys();
        keys.write(S3Server.ACCESS_KEY);
        storage = openAnew(keys.settings());
        begin();
        faults.before(request -> {
            if (request.kind() == Kind.PUT_PART && request.number() == 3) {
                keys.write("second");
                keys.expired.add(S3Server.ACCESS_KEY);
            }
            return keys.answer(request, code);
        });

        assertThat(put(KEY, large())).isTrue();

        assertThat(storage.size(KEY)).isEqualTo(large().length);
        assertThat(faults.count(Kind.BEGIN_UPLOAD)).as("nothing is sent twice").isEqualTo(1);
        assertNoUploads();
    }

    @Test
    void whenTheKeyExpiresAndThereIsNoOtherItIsAway() {
        var keys = new Keys();
        keys.write(S3Server.ACCESS_KEY);
        storage = openAnew(keys.settings());
        begin();
        put(KEY, "text");
        keys.expired.add(S3Server.ACCESS_KEY);
        faults.before(request -> keys.answer(request, "ExpiredToken"));

        assertThat(assertAway(() -> read(KEY)).problem().hint()).contains("renew the access key");

        keys.write("second");
        assertThat(read(KEY)).isEqualTo("text");
    }

    /** Two files are not replaced at once. */
    @Test
    void whenTheFilesOfTheKeyAreBeingReplacedTheOneBeforeGoesOn() throws IOException {
        var keys = new Keys();
        keys.write(S3Server.ACCESS_KEY);
        storage = openAnew(keys.settings());
        begin();
        put(KEY, "text");

        Files.delete(keys.id);
        assertThat(read(KEY)).isEqualTo("text");
        Files.writeString(keys.id, "");
        assertThat(read(KEY)).isEqualTo("text");

        Files.writeString(keys.id, "second");
        faults.before(request -> {
            if (request.number() == 1) {
                keys.write("second");
                return S3Answer.refused(403, "SignatureDoesNotMatch");
            }
            return keys.answer(request, "ExpiredToken");
        });
        assertThat(read(KEY)).isEqualTo("text");
    }

    @Test
    void putWhenTheAnswersAreLostAndAnotherHasTheKeySaysSo() {
        begin();
        put(KEY, "before");
        faults.before(Kind.PUT, request -> request.number() == 1 ? new S3Answer.Lost(Ending.CLOSED) : S3Answer.pass());

        assertThat(put(KEY, "afterwards")).isFalse();
        assertThat(read(KEY)).isEqualTo("before");
    }

    @ParameterizedTest
    @EnumSource
    void putWhenTheAnswerToCompletingIsLostIsDone(Ending ending) throws IOException {
        begin();
        faults.before(
                Kind.COMPLETE_UPLOAD, request -> request.number() == 1 ? new S3Answer.Lost(ending) : S3Answer.pass());

        assertThat(put(KEY, large())).isTrue();

        assertThat(there()).containsExactly(KEY);
        assertNoUploads();
    }

    @Test
    void putWhenCompletingFailsWithin200IsTriedAgain() throws IOException {
        begin();
        faults.before(
                Kind.COMPLETE_UPLOAD,
                request -> request.number() == 1 ? S3Answer.failedWithin200("InternalError") : S3Answer.pass());

        assertThat(put(KEY, large())).isTrue();
        assertNoUploads();
    }

    @Test
    void putWhenCompletingAlwaysFailsWithin200LeavesNothing() throws IOException {
        begin();
        faults.before(Kind.COMPLETE_UPLOAD, _ -> S3Answer.failedWithin200("InternalError"));

        assertAway(() -> put(KEY, large()));

        assertThat(there()).isEmpty();
        assertNoUploads();
    }

    @Test
    void putWhenPartsAreThrottledAndCutIsDone() throws IOException {
        begin();
        var bytes = large();
        var tries = new ConcurrentHashMap<String, Integer>();
        faults.before(Kind.PUT_PART, request -> switch (tries.merge(
                request.query("partNumber").orElseThrow(), 1, Integer::sum)) {
            case 1 -> S3Answer.refused(503, "SlowDown");
            case 2 -> new S3Answer.Lost(Ending.RESET);
            default -> S3Answer.pass();
        });

        assertThat(put(KEY, bytes)).isTrue();

        faults.none();
        var read = ByteBuffer.allocate(bytes.length);
        try (var object = storage.open(KEY)) {
            object.read(0, read);
        }
        assertThat(read.array()).isEqualTo(bytes);
        assertNoUploads();
    }

    @Test
    void putWhenThereMayBeThreePartsOnlyIsAwayAndLeavesNothing() throws IOException {
        begin();
        faults.before(
                Kind.PUT_PART,
                request -> Integer.parseInt(request.query("partNumber").orElseThrow()) > 3
                        ? S3Answer.refused(400, "InvalidArgument")
                        : S3Answer.pass());

        assertThat(assertAway(() -> put(KEY, large()))).hasMessageContaining("InvalidArgument");

        assertThat(there()).isEmpty();
        assertNoUploads();
    }

    @Test
    void putWhenTheServerStoresLessThanItWasSentIsAway() {
        begin();
        faults.before(Kind.GET, request -> {
            if (request.key().endsWith(KEY)) {
                behind.putObject(r -> r.bucket(bucket).key("one/" + KEY), RequestBody.fromString("0123"));
            }
            return S3Answer.pass();
        });

        assertAway(() -> put(KEY, "0123456789"));
    }

    @Test
    void putWhenTheServerIgnoresTheConditionStillLeavesWhatHasTheKey() {
        faults.before(_ -> S3Answer.without("If-None-Match"));
        assertThat(put(KEY, "before")).isTrue();

        assertThat(put(KEY, "afterwards")).isFalse();
        assertThat(read(KEY)).isEqualTo("before");
        assertThat(faults.seen())
                .filteredOn(seen -> seen.request().kind() == Kind.PUT
                        && seen.request().key().endsWith(KEY))
                .as("nothing was sent where something lies")
                .hasSize(1);
    }

    @Test
    void putWhenTheServerRefusesTheConditionDoesWithoutIt() {
        faults.before(request -> request.header("If-None-Match").isPresent()
                ? S3Answer.refused(501, "NotImplemented")
                : S3Answer.pass());

        assertThat(put(KEY, "before")).isTrue();
        assertThat(put(KEY, "afterwards")).isFalse();
        assertThat(read(KEY)).isEqualTo("before");
    }

    @ParameterizedTest
    @EnumSource
    void readWhenEachAnswerIsCutOnceReadsAll(Ending ending) {
        begin();
        var bytes = new byte[3_000_000];
        new Random(1).nextBytes(bytes);
        put(KEY, bytes);
        Set<String> cut = ConcurrentHashMap.newKeySet();
        faults.before(
                Kind.GET,
                request -> cut.add(request.header("Range").orElse(""))
                        ? new S3Answer.Cut(new Random(cut.size()).nextInt(400_000), ending)
                        : S3Answer.pass());

        try (var object = storage.open(KEY)) {
            var read = ByteBuffer.allocate(bytes.length);
            for (int i = 0; i < 30; i++) {
                object.read(i * 100_000L, read.limit((i + 1) * 100_000));
            }
            assertThat(read.array()).isEqualTo(bytes);
        }
        assertThat(read("keys/1")).isEqualTo("begun");
    }

    @Test
    void readWhenEachAnswerIsCutGoesOnAsLongAsItGetsOn() {
        begin();
        var bytes = new byte[800_000];
        new Random(1).nextBytes(bytes);
        put(KEY, bytes);
        faults.before(Kind.GET, _ -> new S3Answer.Cut(100_000, Ending.RESET));

        try (var object = storage.open(KEY)) {
            var read = ByteBuffer.allocate(bytes.length);
            object.read(0, read);
            assertThat(read.array()).isEqualTo(bytes);
        }
    }

    @Test
    void readWhenEachAnswerIsShorterThanAskedForReadsAll() {
        begin();
        var bytes = new byte[100_000];
        new Random(1).nextBytes(bytes);
        put(KEY, bytes);
        faults.before(Kind.GET, _ -> S3Answer.shortened(40_000));

        assertThat(storage.read(KEY, 1 << 20)).isEqualTo(bytes);
    }

    @Test
    @Timeout(60)
    void readWhenNoAnswerHasAnyByteIsAway() {
        begin();
        put(KEY, "text");
        faults.before(Kind.GET, _ -> S3Answer.shortened(0));

        assertAway(() -> {
            try (var object = storage.open(KEY, 4)) {
                object.read(0, ByteBuffer.allocate(4));
            }
        });
    }

    @Test
    void deleteWhenSomeAreRefusedNamesThemAndTheOthersAreGone() {
        begin();
        var keys = IntStream.range(0, 5).mapToObj("layers/x/%d"::formatted).toList();
        keys.forEach(key -> put(key, "1"));
        faults.before(
                Kind.DELETE_SEVERAL,
                _ -> new S3Answer.Kept(key -> key.endsWith("1") || key.endsWith("3"), "AccessDenied"));

        var problem = assertAway(() -> storage.delete(keys));

        assertThat(problem).hasMessageContaining("2 of 5").hasMessageContaining("layers/x/1");
        assertThat(there()).containsExactly("layers/x/1", "layers/x/3");
    }

    @Test
    void deleteWhenTheAnswerIsLostIsDone() {
        begin();
        put("layers/x/1", "1");
        put("layers/x/2", "1");
        faults.before(request -> request.number() == 1 ? new S3Answer.Lost(Ending.RESET) : S3Answer.pass());

        storage.delete(List.of("layers/x/1", "layers/x/2"));

        assertThat(there()).isEmpty();
    }

    @Test
    void putTakesOneRequestAndOneToSeeThatItIsThere() {
        begin();
        put(KEY, "text");

        assertThat(faults.seen()).extracting(seen -> seen.request().kind()).containsExactly(Kind.PUT, Kind.GET);
    }
}
