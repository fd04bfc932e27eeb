package dev.afterimage.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.afterimage.storage.s3.S3Answer.Ending;
import dev.afterimage.storage.s3.S3Request.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.SdkGlobalTime;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** That each fault of {@link S3Faults} is what a client really meets. */
class S3KitTests {

    /** All but the last have at least 5 MiB. */
    private static final String ENOUGH_FOR_A_PART = "one".repeat(5 << 20);

    private final S3Server server = S3Server.shared();
    private final String bucket = server.newBucket();
    private final S3Faults faults = new S3Faults(server);
    private final S3Client client = faults.client();
    private final S3Client behind = server.client();

    @AfterEach
    void close() {
        SdkGlobalTime.setGlobalTimeOffset(0); // the SDK believes one skewed answer for all clients of the JVM
        client.close();
        behind.close();
        faults.close();
    }

    private void put(S3Client client, String key, String text) {
        client.putObject(r -> r.bucket(bucket).key(key), RequestBody.fromString(text));
    }

    private void putIfAbsent(String key, String text) {
        putIfAbsent(client, key, text);
    }

    private void putIfAbsent(S3Client client, String key, String text) {
        client.putObject(r -> r.bucket(bucket).key(key).ifNoneMatch("*"), RequestBody.fromString(text));
    }

    private String read(S3Client client, String key) {
        return client.getObjectAsBytes(r -> r.bucket(bucket).key(key)).asUtf8String();
    }

    private List<String> list() {
        return client.listObjectsV2Paginator(r -> r.bucket(bucket)).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    private static void assertRefused(int status, String code, ThrowingCallable call) {
        var refused = catchThrowableOfType(S3Exception.class, call);

        assertThat(refused.statusCode()).isEqualTo(status);
        assertThat(refused.awsErrorDetails().errorCode()).isEqualTo(code);
    }

    private void assertThere(String... keys) {
        assertThat(behind.listObjectsV2(r -> r.bucket(bucket)).contents())
                .extracting(S3Object::key)
                .containsExactly(keys);
    }

    @Test
    void whenNothingIsSaidAllPassesAndIsRemembered() {
        put(client, "a/ä +%", "0123456789");
        assertThat(read(client, "a/ä +%")).isEqualTo("0123456789");
        assertThat(list()).containsExactly("a/ä +%");
        client.headObject(r -> r.bucket(bucket).key("a/ä +%"));
        client.deleteObject(r -> r.bucket(bucket).key("a/ä +%"));
        client.headBucket(r -> r.bucket(bucket));
        assertThatThrownBy(() -> read(client, "a/ä +%")).isInstanceOf(NoSuchKeyException.class);

        assertThat(faults.seen())
                .extracting(seen -> seen.request().kind())
                .containsExactly(Kind.PUT, Kind.GET, Kind.LIST, Kind.HEAD, Kind.DELETE, Kind.BUCKET, Kind.GET);
        assertThat(faults.seen()).extracting(S3Faults.Seen::status).containsExactly(200, 200, 200, 200, 204, 200, 404);
        assertThat(faults.seen().getFirst().request().key()).isEqualTo("a/ä +%");
        assertThat(faults.seen().getFirst().sent()).isGreaterThanOrEqualTo(10);
        assertThat(faults.seen().get(1).received()).isEqualTo(10);
        assertThat(faults.count()).isEqualTo(7);
        assertThat(faults.count(Kind.GET, Kind.HEAD)).isEqualTo(3);

        faults.forget();
        assertThat(faults.count()).isZero();
    }

    @Test
    void whenAnUploadHasPartsEachRequestIsTold() {
        var upload = upload("big", ENOUGH_FOR_A_PART, "two");

        complete("big", upload);

        assertThat(read(client, "big")).isEqualTo(ENOUGH_FOR_A_PART + "two");
        assertThat(faults.seen())
                .extracting(seen -> seen.request().kind())
                .containsExactly(Kind.BEGIN_UPLOAD, Kind.PUT_PART, Kind.PUT_PART, Kind.COMPLETE_UPLOAD, Kind.GET);
    }

    private record Upload(String id, List<CompletedPart> parts) {}

    private Upload upload(String key, String... texts) {
        var id = client.createMultipartUpload(r -> r.bucket(bucket).key(key)).uploadId();
        return new Upload(
                id,
                IntStream.rangeClosed(1, texts.length)
                        .mapToObj(number -> CompletedPart.builder()
                                .partNumber(number)
                                .eTag(client.uploadPart(
                                                r -> r.bucket(bucket)
                                                        .key(key)
                                                        .uploadId(id)
                                                        .partNumber(number),
                                                RequestBody.fromString(texts[number - 1]))
                                        .eTag())
                                .build())
                        .toList());
    }

    private void complete(String key, Upload upload) {
        client.completeMultipartUpload(r -> r.bucket(bucket)
                .key(key)
                .uploadId(upload.id())
                .ifNoneMatch("*")
                .multipartUpload(u -> u.parts(upload.parts())));
    }

    @Test
    void latencyWhenSetIsAddedToEachRoundTrip() {
        put(client, "a", "1");
        faults.latency(Duration.ofMillis(300));
        long begun = System.nanoTime();

        read(client, "a");

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
    }

    @Test
    void lateWhenAnsweredStillDoesWhatComesThen() {
        faults.before(_ -> new S3Answer.Late(Duration.ofMillis(300), S3Answer.refused(503, "SlowDown")));
        long begun = System.nanoTime();

        assertRefused(503, "SlowDown", () -> put(client, "a", "1"));

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
        assertThere();
    }

    @Test
    void refusedWhenOnceLetsTheNextPass() {
        faults.before(Kind.PUT, request -> request.number() == 1 ? S3Answer.refused(503, "SlowDown") : S3Answer.pass());

        assertRefused(503, "SlowDown", () -> put(client, "a", "1"));
        assertThere();
        put(client, "a", "1");
        assertThere("a");
    }

    @Test
    void refusedWhenOfAnyKindIsWhatTheClientSees() {
        put(behind, "a", "1");
        faults.before(_ -> S3Answer.refused(429, "TooManyRequests"));
        assertRefused(429, "TooManyRequests", () -> read(client, "a"));
        faults.before(_ -> S3Answer.refused(500, "InternalError"));
        assertRefused(500, "InternalError", this::list);
        faults.before(_ -> S3Answer.refused(403, "AccessDenied"));
        assertRefused(403, "AccessDenied", () -> put(client, "b", "1"));
        faults.before(_ -> S3Answer.refused(400, "ExpiredToken"));
        assertRefused(400, "ExpiredToken", () -> put(client, "b", "1"));
        faults.before(Kind.GET, _ -> S3Answer.refused(403, "InvalidObjectState"));
        assertRefused(403, "InvalidObjectState", () -> read(client, "a"));
        assertThat(client.headObject(r -> r.bucket(bucket).key("a")).contentLength())
                .isEqualTo(1);
        faults.before(request -> request.header("If-None-Match").isPresent()
                ? S3Answer.refused(501, "NotImplemented")
                : S3Answer.pass());
        assertRefused(501, "NotImplemented", () -> putIfAbsent("b", "1"));
        put(client, "b", "1");
        assertThere("a", "b");
    }

    @Test
    void skewedWhenAnsweredIsDatedByTheOtherClock() {
        faults.before(_ -> S3Answer.skewed(Duration.ofDays(8)));

        var refused = catchThrowableOfType(S3Exception.class, () -> put(client, "a", "1"));

        assertThat(refused.awsErrorDetails().errorCode()).isEqualTo("RequestTimeTooSkewed");
        assertThat(refused.isClockSkewException()).isTrue();
        var date = refused.awsErrorDetails()
                .sdkHttpResponse()
                .firstMatchingHeader("Date")
                .orElseThrow();
        assertThat(ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant())
                .isBetween(Instant.now().plus(Duration.ofDays(7)), Instant.now().plus(Duration.ofDays(9)));
    }

    @Test
    void cutWhenInTheMiddleOfABodyGivesItsBeginningAndAnError() throws Exception {
        put(behind, "a", "0123456789".repeat(20_000));
        for (var ending : Ending.values()) {
            faults.before(Kind.GET, _ -> new S3Answer.Cut(100_000, ending));
            try (var body = client.getObject(r -> r.bucket(bucket).key("a"))) {
                assertThat(body.response().contentLength()).isEqualTo(200_000);
                assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);
            }
            faults.none();
            assertThat(read(client, "a")).hasSize(200_000);
        }
    }

    @Test
    void shortenedWhenReadLooksLikeSuccess() throws Exception {
        put(behind, "a", "0123456789");
        faults.before(Kind.GET, _ -> S3Answer.shortened(4));

        try (ResponseInputStream<GetObjectResponse> body =
                client.getObject(r -> r.bucket(bucket).key("a").range("bytes=0-9"))) {
            assertThat(body.readAllBytes()).hasSize(4);
        }
    }

    @Test
    void lostWhenItWasDoneIsAnErrorToTheClient() {
        for (var ending : Ending.values()) {
            faults.before(Kind.PUT, _ -> new S3Answer.Lost(ending));
            assertThatThrownBy(() -> putIfAbsent("" + ending, "1")).isInstanceOf(SdkClientException.class);
            assertThat(read(behind, "" + ending)).isEqualTo("1");
        }
        faults.none();
        assertRefused(412, "PreconditionFailed", () -> putIfAbsent("CLOSED", "2"));
    }

    @Test
    void droppedWhenNothingWasDoneIsAnErrorToo() {
        for (var ending : Ending.values()) {
            faults.before(Kind.PUT, _ -> new S3Answer.Dropped(ending));
            assertThatThrownBy(() -> putIfAbsent("" + ending, "1")).isInstanceOf(SdkClientException.class);
        }
        assertThere();
    }

    @Test
    void silenceWhenTheClientHasNoPatienceIsItsTimeOut() {
        faults.before(_ -> new S3Answer.Silence());
        try (var impatient = S3Server.client(
                faults.address(),
                builder ->
                        builder.httpClientBuilder(Apache5HttpClient.builder().socketTimeout(Duration.ofMillis(300))))) {
            assertThatThrownBy(() -> read(impatient, "a"))
                    .isInstanceOf(SdkClientException.class)
                    .hasMessageContaining("imed out");
        }
    }

    @Test
    void failedWithin200WhenCompletingHasMadeNothing() {
        var upload = upload("big", ENOUGH_FOR_A_PART, "two");
        faults.before(Kind.COMPLETE_UPLOAD, _ -> S3Answer.failedWithin200("InternalError"));

        assertThatThrownBy(() -> complete("big", upload)).isInstanceOf(S3Exception.class);

        assertThere();
        faults.none();
        complete("big", upload);
        assertThat(read(client, "big")).isEqualTo(ENOUGH_FOR_A_PART + "two");
    }

    @Test
    void withoutWhenItIsTheConditionOverwrites() {
        try (var plain = plainClient()) {
            putIfAbsent(plain, "a", "before");
            assertRefused(412, "PreconditionFailed", () -> putIfAbsent(plain, "a", "afterwards"));
            var upload = upload("a", "uploaded");
            assertRefused(412, "PreconditionFailed", () -> complete("a", upload));

            faults.before(_ -> S3Answer.without("If-None-Match"));

            putIfAbsent(plain, "a", "afterwards");
            assertThat(read(behind, "a")).isEqualTo("afterwards");
            complete("a", upload);
            assertThat(read(behind, "a")).isEqualTo("uploaded");
        }
    }

    @Test
    void isInAwsChunksTellsWhatTheSdkSendsByItself() {
        faults.before(request -> request.isInAwsChunks() ? S3Answer.refused(501, "NotImplemented") : S3Answer.pass());

        assertRefused(501, "NotImplemented", () -> put(client, "a", "1"));
        try (var plain = plainClient()) {
            put(plain, "a", "1");
        }
        assertThere("a");
    }

    private S3Client plainClient() {
        return S3Server.client(
                faults.address(),
                builder -> builder.requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                        .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(false)));
    }

    @Test
    void deleteWhenSeveralCanBeRefusedWithoutMd5OrAltogether() {
        put(behind, "a", "1");
        faults.before(
                Kind.DELETE_SEVERAL,
                request -> request.header("Content-MD5").isEmpty()
                        ? S3Answer.refused(400, "MissingContentMD5")
                        : S3Answer.pass());
        assertRefused(400, "MissingContentMD5", () -> delete("a"));
        faults.before(Kind.DELETE_SEVERAL, _ -> S3Answer.refused(501, "NotImplemented"));
        assertRefused(501, "NotImplemented", () -> delete("a"));
        assertThere("a");
    }

    private List<S3Error> delete(String... keys) {
        var objects = Arrays.stream(keys)
                .map(key -> ObjectIdentifier.builder().key(key).build())
                .toList();
        return client.deleteObjects(r -> r.bucket(bucket)
                        .delete(Delete.builder().objects(objects).build()))
                .errors();
    }

    @Test
    void keptWhenDeletedAmongOthersIsStillThere() {
        for (var key : List.of("a", "b", "c")) {
            put(behind, key, "1");
        }
        faults.before(Kind.DELETE_SEVERAL, _ -> new S3Answer.Kept(key -> !key.equals("b"), "AccessDenied"));

        assertThat(delete("a", "b", "c")).extracting(S3Error::key).containsExactly("a", "c");
        assertThere("a", "c");
        assertThat(delete("a", "c")).extracting(S3Error::code).containsExactly("AccessDenied", "AccessDenied");
        assertThere("a", "c");
        faults.none();
        assertThat(delete("a", "b", "c")).isEmpty();
        assertThere();
    }

    @Test
    void listWhenItIsShortSaysNothing() {
        var keys = IntStream.range(0, 10).mapToObj("key-%d"::formatted).toList();
        keys.forEach(key -> put(behind, key, "1"));

        faults.before(Kind.LIST, _ -> S3Answer.halfAList());
        assertThat(list()).containsExactlyElementsOf(keys.subList(0, 5));
        faults.before(Kind.LIST, _ -> S3Answer.listing(key -> !key.endsWith("7")));
        assertThat(list()).hasSize(9).doesNotContain("key-7");
        faults.forget();
        faults.before(Kind.LIST, _ -> S3Answer.pagesOf(2));
        assertThat(list()).containsExactlyElementsOf(keys);
        assertThat(faults.count(Kind.LIST)).isEqualTo(5);
    }

    @Test
    void partsWhenThereIsALimitAreRefusedBeyondIt() {
        faults.before(
                Kind.PUT_PART,
                request -> Integer.parseInt(request.query("partNumber").orElseThrow()) > 3
                        ? S3Answer.refused(400, "InvalidArgument")
                        : S3Answer.pass());

        upload("a", "1", "2", "3");
        assertRefused(400, "InvalidArgument", () -> upload("b", "1", "2", "3", "4"));
    }

    @Test
    void closeIdleAfterWhenItPassedHasTheClientConnectAnew() throws Exception {
        faults.closeIdleAfter(Duration.ofMillis(100));
        try (var connection = new Socket("127.0.0.1", faults.address().getPort())) {
            InputStream in = connection.getInputStream();

            assertThat(in.read()).isEqualTo(-1);
        }
        put(client, "a", "1");
        assertThat(faults.seen().getFirst().request().idle()).isZero();
    }
}
