package dev.afterimage.storage.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Whether a bucket gives a name to one only of all that want it. Servers say yes and overwrite, or do it one after the other and not in parallel,
 * or refuse; so it is tried, with objects below {@code probe/}, which are deleted.
 */
final class S3Probe {

    static final String FOLDER = "probe/";

    private static final int AT_ONCE = 16;
    private static final int TAKEN = 412;
    private static final int CONFLICT = 409;

    private final S3Bucket bucket;
    private final String folder = FOLDER + UUID.randomUUID() + "/";

    S3Probe(S3Bucket bucket) {
        this.bucket = bucket;
    }

    /** @throws SdkException when the bucket does not answer, or refuses what has nothing to do with it */
    boolean isAtomic() throws InterruptedException {
        try {
            return isAtomicInARow() && isAtomicInParallel() && isAtomicInParts();
        } catch (S3Exception e) {
            if (e.statusCode() == 501 || e.statusCode() == 400) {
                return false; // it does not know the header
            }
            throw e;
        } finally {
            delete();
        }
    }

    private boolean isAtomicInARow() {
        return put("row", "first") && !put("row", "second") && read("row").equals("first");
    }

    private boolean isAtomicInParallel() throws InterruptedException {
        var racers = new ArrayList<Callable<Boolean>>();
        for (int i = 0; i < AT_ONCE; i++) {
            var text = "racer " + i;
            racers.add(() -> put("parallel", text));
        }
        try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            var won = new ArrayList<Integer>();
            var racing = threads.invokeAll(racers);
            for (int i = 0; i < racing.size(); i++) {
                if (won(racing.get(i))) {
                    won.add(i);
                }
            }
            return won.size() == 1 && read("parallel").equals("racer " + won.getFirst());
        }
    }

    private static boolean won(Future<Boolean> racer) {
        return switch (racer.state()) {
            case SUCCESS -> racer.resultNow();
            case FAILED ->
                throw racer.exceptionNow() instanceof RuntimeException e
                        ? e
                        : new IllegalStateException(racer.exceptionNow());
            case CANCELLED, RUNNING -> throw new IllegalStateException(racer.toString());
        };
    }

    private boolean isAtomicInParts() {
        var name = name("row");
        var id = bucket.client()
                .createMultipartUpload(
                        request -> request.bucket(bucket.location().name()).key(name))
                .uploadId();
        try {
            var tag = bucket.client()
                    .uploadPart(
                            request -> request.bucket(bucket.location().name())
                                    .key(name)
                                    .uploadId(id)
                                    .partNumber(1),
                            RequestBody.fromString("third"))
                    .eTag();
            var part = CompletedPart.builder().partNumber(1).eTag(tag).build();
            bucket.client()
                    .completeMultipartUpload(
                            request -> request.bucket(bucket.location().name())
                                    .key(name)
                                    .uploadId(id)
                                    .ifNoneMatch("*")
                                    .multipartUpload(of -> of.parts(List.of(part))));
            return false;
        } catch (S3Exception e) {
            bucket.client()
                    .abortMultipartUpload(request ->
                            request.bucket(bucket.location().name()).key(name).uploadId(id));
            if (e.statusCode() != TAKEN) {
                throw e;
            }
            return read("row").equals("first");
        }
    }

    private boolean put(String name, String text) {
        try {
            bucket.client()
                    .putObject(
                            request -> request.bucket(bucket.location().name())
                                    .key(name(name))
                                    .ifNoneMatch("*"),
                            RequestBody.fromString(text));
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == TAKEN || e.statusCode() == CONFLICT) {
                return false;
            }
            throw e;
        }
    }

    private String read(String name) {
        return bucket.client()
                .getObjectAsBytes(
                        request -> request.bucket(bucket.location().name()).key(name(name)))
                .asString(UTF_8);
    }

    private String name(String name) {
        return bucket.name(folder + name);
    }

    private void delete() {
        for (var name : List.of("row", "parallel")) {
            try {
                bucket.client()
                        .deleteObject(request ->
                                request.bucket(bucket.location().name()).key(name(name)));
            } catch (SdkException e) {
                // A key that may not delete leaves two small objects with each probe; docs/s3.md says so.
            }
        }
    }
}
