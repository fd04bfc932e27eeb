package dev.afterimage.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.afterimage.SecondJvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** That the S3 server of the tests is one, and what of it they rely on. */
class S3ServerTests {

    private final S3Server server = S3Server.shared();
    private final String bucket = server.newBucket();

    @Test
    void putWhenNothingHasTheKeyCanBeReadInRanges() {
        try (var client = server.client()) {
            client.putObject(r -> r.bucket(bucket).key("a/b"), RequestBody.fromString("0123456789"));

            var read = client.getObjectAsBytes(r -> r.bucket(bucket).key("a/b").range("bytes=3-5"));

            assertThat(read.asUtf8String()).isEqualTo("345");
            assertThat(client.listObjectsV2(r -> r.bucket(bucket).prefix("a/")).contents())
                    .hasSize(1);
        }
    }

    @Test
    void requestWhenTheSecretIsWrongIsRefused() {
        try (var client = S3Server.client(
                server.address(),
                builder -> builder.credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(S3Server.ACCESS_KEY, "wrong"))))) {
            assertThatThrownBy(() -> client.listObjectsV2(r -> r.bucket(bucket)))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(403));
        }
    }

    @Test
    void putWhenManyWantAKeyGivesItToOne() throws Exception {
        try (var client = server.client();
                var threads = Executors.newFixedThreadPool(16)) {
            var results = threads
                    .invokeAll(IntStream.range(0, 16)
                            .mapToObj(i -> (Callable<Integer>) () -> putIfAbsent(client, "text " + i))
                            .toList())
                    .stream()
                    .map(Future::resultNow)
                    .toList();

            assertThat(results).containsOnlyOnce(200);
            assertThat(client.getObjectAsBytes(r -> r.bucket(bucket).key("one")).asUtf8String())
                    .isEqualTo("text " + results.indexOf(200));
        }
    }

    private int putIfAbsent(S3Client client, String text) {
        try {
            client.putObject(r -> r.bucket(bucket).key("one").ifNoneMatch("*"), RequestBody.fromString(text));
            return 200;
        } catch (S3Exception e) {
            return e.statusCode();
        }
    }

    @Test
    void completeWhenSomethingHasTheKeyLeavesIt() {
        try (var client = server.client()) {
            var upload = client.createMultipartUpload(r -> r.bucket(bucket).key("one"));
            var part = client.uploadPart(
                    r -> r.bucket(bucket).key("one").uploadId(upload.uploadId()).partNumber(1),
                    RequestBody.fromString("afterwards"));
            client.putObject(r -> r.bucket(bucket).key("one"), RequestBody.fromString("before"));

            assertThatThrownBy(() -> client.completeMultipartUpload(r -> r.bucket(bucket)
                            .key("one")
                            .uploadId(upload.uploadId())
                            .ifNoneMatch("*")
                            .multipartUpload(u -> u.parts(CompletedPart.builder()
                                    .partNumber(1)
                                    .eTag(part.eTag())
                                    .build()))))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
            assertThat(client.getObjectAsBytes(r -> r.bucket(bucket).key("one")).asUtf8String())
                    .isEqualTo("before");
        }
    }

    @Test
    void closeEndsTheProcessAndRemovesItsDirectory() {
        var own = S3Server.start();
        own.newBucket();
        assertThat(own.directory()).isDirectory();

        own.close();

        assertThat(ProcessHandle.of(own.pid()).filter(ProcessHandle::isAlive)).isEmpty();
        assertThat(own.directory()).doesNotExist();
    }

    @Test
    void whenWhoStartedItIsKilledItEnds() throws Exception {
        var starter = new ProcessBuilder(SecondJvm.command(64, Starting.class))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var output = starter.inputReader(StandardCharsets.UTF_8)) {
            long pid = Long.parseLong(output.readLine());
            var directory = Path.of(output.readLine());
            assertThat(ProcessHandle.of(pid)).isPresent();

            starter.toHandle().destroyForcibly();

            await().until(() ->
                    ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
            await().until(() -> Files.notExists(directory));
        } finally {
            starter.destroyForcibly();
        }
    }

    static final class Starting {

        private Starting() {}

        public static void main(String[] arguments) throws Exception {
            var server = S3Server.start();
            System.out.println(server.pid());
            System.out.println(server.directory());
            Thread.currentThread().join();
        }
    }
}
