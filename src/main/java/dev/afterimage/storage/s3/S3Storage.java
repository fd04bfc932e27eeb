package dev.afterimage.storage.s3;

import dev.afterimage.storage.FarStorage;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StorageIdentity;
import dev.afterimage.storage.StorageKeys;
import dev.afterimage.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Objects in a bucket of S3, or of what speaks its language, below a prefix. New objects are written to a local file first. No object is ever
 * written twice, and none is copied by the server.
 */
public final class S3Storage extends FarStorage {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Of what is small, more than most have. */
    private static final int FIRST_READ = 1 << 16;

    private static final int NONE = 404;
    private static final int MOST_DELETED = 1000;

    private final S3Bucket bucket;
    private final S3Uploads uploads;
    private final S3Put putting;
    private volatile boolean deletesOneByOne;

    /**
     * A certain storage, wherever it is now. Does nothing.
     *
     * @param unsent a local directory for what is not sent yet
     * @param quotaBytes the most that objects and unfinished objects may take together; 0 for no limit
     * @param expected its identity, asked for again and again; while it is none, the storage is away; null where any will do
     */
    public S3Storage(
            Location.Bucket location,
            S3Settings settings,
            Path unsent,
            long quotaBytes,
            @Nullable Supplier<Optional<UUID>> expected) {
        this(new S3Bucket(location, settings, Clock.systemUTC()), unsent, quotaBytes, expected);
    }

    S3Storage(S3Bucket bucket, Path unsent, long quotaBytes, @Nullable Supplier<Optional<UUID>> expected) {
        super(bucket.toString(), unsent, quotaBytes, expected);
        this.bucket = bucket;
        this.uploads = new S3Uploads(bucket, unsent.resolve("uploads"));
        this.putting = new S3Put(this, bucket, uploads);
    }

    @Override
    public Storage asFound() {
        return new S3Storage(bucket, unsent(), 0, null);
    }

    @Override
    protected byte @Nullable [] lookAtIdentity() {
        var request = GetObjectRequest.builder()
                .bucket(bucket.location().name())
                .key(bucket.name(StorageIdentity.KEY))
                .overrideConfiguration(override -> override.apiCallTimeout(PATIENCE))
                .build();
        try {
            return bucket.client().getObjectAsBytes(request).asByteArray();
        } catch (SdkException e) {
            if (isNone(e)) {
                return null;
            }
            throw given(e, StorageIdentity.KEY, "Reading " + StorageIdentity.KEY);
        }
    }

    /** Not that there is no bucket. */
    private static boolean isNone(SdkException e) {
        return e instanceof S3Exception answer
                && answer.statusCode() == NONE
                && (answer.awsErrorDetails() == null
                        || !"NoSuchBucket".equals(answer.awsErrorDetails().errorCode()));
    }

    /** What it means that an object could not be read: only a storage that is there can be asked what is missing. */
    StorageException reading(SdkException e, String key, String doing) {
        if (!isNone(e)) {
            return given(e, key, doing);
        }
        requirePresenceNow();
        return new StorageException.Missing("%s: there is no %s".formatted(doing, bucket.name(key)), e);
    }

    private StorageException given(SdkException e, String key, String doing) {
        return S3Archive.isReasonFor(e) ? S3Archive.archived(bucket, key, doing, e) : bucket.failure(e, doing);
    }

    private <T> T ask(String doing, Function<S3Client, T> request) {
        try {
            return request.apply(bucket.client());
        } catch (SdkException e) {
            throw bucket.failure(e, doing);
        }
    }

    @Override
    public boolean isEmpty() {
        return isEmptyBut(name -> name.equals(StorageIdentity.KEY));
    }

    @Override
    public boolean hasOnlyKeys() {
        return isEmptyBut(name -> name.equals(StorageIdentity.KEY) || name.startsWith(StorageKeys.KEYS));
    }

    /** Also of what is no object of a repository: nobody begins one among what belongs to others. */
    private boolean isEmptyBut(Predicate<String> expected) {
        var request = listing("").build();
        return ask(
                "Looking into " + bucket.location(),
                client -> client.listObjectsV2Paginator(request).contents().stream()
                        .map(object -> object.key()
                                .substring(bucket.location().prefix().length()))
                        .allMatch(name -> name.startsWith(S3Probe.FOLDER) || expected.test(name)));
    }

    @Override
    protected boolean send(Path file, String key) {
        try {
            return putting.put(file, key, hasAtomicPuts());
        } catch (SdkException e) {
            throw bucket.failure(e, "Putting " + key);
        } catch (IOException e) {
            throw StorageException.writing(e, "Putting " + key);
        }
    }

    @Override
    protected boolean probe() throws InterruptedException {
        try {
            return new S3Probe(bucket).isAtomic();
        } catch (SdkException e) {
            throw bucket.failure(e, "Trying how %s takes objects".formatted(bucket));
        }
    }

    @Override
    public StoredObject open(String key) {
        var found = head(key);
        return new S3Object(this, bucket, key, found.contentLength(), found.eTag());
    }

    @Override
    public StoredObject open(String key, long bytes) {
        return new S3Object(this, bucket, StorageKeys.requireKey(key), bytes, null);
    }

    @Override
    public byte[] read(String key, int most) {
        try (var object = S3Object.unknown(this, bucket, StorageKeys.requireKey(key))) {
            var bytes = ByteBuffer.allocate(FIRST_READ);
            int read = object.read(0, bytes);
            if (object.size() > most) {
                throw new IllegalArgumentException("it has %d bytes".formatted(object.size()));
            }
            if (object.size() > read) {
                bytes = ByteBuffer.allocate((int) object.size()).put(bytes.flip());
                object.read(read, bytes);
            }
            return Arrays.copyOf(bytes.array(), bytes.position());
        }
    }

    @Override
    public long size(String key) {
        return head(key).contentLength();
    }

    private HeadObjectResponse head(String key) {
        var request = HeadObjectRequest.builder()
                .bucket(bucket.location().name())
                .key(bucket.name(StorageKeys.requireKey(key)))
                .build();
        try {
            return bucket.client().headObject(request);
        } catch (SdkException e) {
            throw reading(e, key, "Looking at " + key);
        }
    }

    private ListObjectsV2Request.Builder listing(String prefix) {
        return ListObjectsV2Request.builder().bucket(bucket.location().name()).prefix(bucket.name(prefix));
    }

    @Override
    public List<ObjectInfo> list(String prefix) {
        var request = listing(StorageKeys.requirePrefix(prefix)).build();
        var listed = ask(
                "Listing " + prefix,
                client -> client.listObjectsV2Paginator(request).contents().stream()
                        .map(object -> new ObjectInfo(
                                object.key()
                                        .substring(bucket.location().prefix().length()),
                                object.size()))
                        .filter(object -> StorageKeys.isKey(object.key()))
                        .sorted(Comparator.comparing(ObjectInfo::key))
                        .toList());
        requirePresenceFor(listed);
        return listed;
    }

    @Override
    public List<String> folders(String prefix) {
        var request = listing(StorageKeys.requirePrefix(prefix)).delimiter("/").build();
        var folders = ask(
                "Listing " + prefix,
                client -> client.listObjectsV2Paginator(request).stream()
                        .map(ListObjectsV2Response::commonPrefixes)
                        .flatMap(List::stream)
                        .map(CommonPrefix::prefix)
                        .map(name -> name.substring(bucket.name(prefix).length(), name.length() - 1))
                        .sorted()
                        .toList());
        requirePresenceFor(folders);
        return folders;
    }

    @Override
    public void delete(Collection<String> keys) {
        requirePresence();
        keys.forEach(StorageKeys::requireKey);
        var refused = new ArrayList<StorageException>();
        var left = List.copyOf(keys);
        while (!left.isEmpty()) {
            var some = left.subList(0, Math.min(left.size(), MOST_DELETED));
            left = left.subList(some.size(), left.size());
            delete(some, refused);
        }
        spaceChanged();
        if (!refused.isEmpty()) {
            throw StorageException.refused(refused, keys.size());
        }
    }

    private void delete(List<String> keys, List<StorageException> refused) {
        if (keys.size() > 1 && !deletesOneByOne) {
            try {
                deleteAtOnce(keys, refused);
                return;
            } catch (S3Exception e) {
                deletesOneByOne = isRefusal(e);
                if (!deletesOneByOne) {
                    refused.add(
                            bucket.failure(e, "Deleting %s and %d others".formatted(keys.getFirst(), keys.size() - 1)));
                    return;
                }
            } catch (SdkException e) {
                refused.add(bucket.failure(e, "Deleting %s and %d others".formatted(keys.getFirst(), keys.size() - 1)));
                return;
            }
        }
        keys.forEach(key -> deleteOne(key, refused));
    }

    /** Some servers do not know the call, or want other headers, or have a permission of its own for it. */
    private static boolean isRefusal(S3Exception e) {
        return switch (e.statusCode()) {
            case 400, 403, 405, 501 -> true;
            default -> false;
        };
    }

    private void deleteAtOnce(List<String> keys, List<StorageException> refused) {
        var names = keys.stream()
                .map(key -> ObjectIdentifier.builder().key(bucket.name(key)).build())
                .toList();
        var answer = bucket.client()
                .deleteObjects(request -> request.bucket(bucket.location().name())
                        .delete(of -> of.objects(names).quiet(true)));
        answer.errors().stream()
                .filter(error -> !"NoSuchKey".equals(error.code()))
                .forEach(error -> refused.add(new StorageException.Unreachable(
                        "Deleting %s: %s %s".formatted(error.key(), error.code(), error.message()),
                        new IOException(error.code()))));
    }

    private void deleteOne(String key, List<StorageException> refused) {
        try {
            bucket.client()
                    .deleteObject(
                            request -> request.bucket(bucket.location().name()).key(bucket.name(key)));
        } catch (SdkException e) {
            if (!isNone(e)) {
                refused.add(bucket.failure(e, "Deleting " + key));
            }
        }
    }

    @Override
    public void removeLeftovers() {
        super.removeLeftovers();
        try {
            uploads.removeLeftovers();
        } catch (IOException e) {
            throw StorageException.writing(e, "Removing what is left of uploads to " + bucket);
        }
    }

    @Override
    public long freeBytes() {
        requirePresence();
        return free(Long.MAX_VALUE);
    }
}
