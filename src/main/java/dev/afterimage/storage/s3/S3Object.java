package dev.afterimage.storage.s3;

import dev.afterimage.storage.RetryDelay;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * An object of a bucket, read in ranges. What ends early is asked for again from where it ended. Holds nothing open: when it was deleted
 * meanwhile, a read says so, also when another has its name.
 */
final class S3Object implements StoredObject {

    private static final int UNKNOWN = -1;
    private static final int TRIES = 6;
    private static final int PIECE = 1 << 16;

    private final S3Storage storage;
    private final S3Bucket bucket;
    private final String key;
    private volatile long size;
    private @Nullable String version;

    /**
     * @param size as somebody knows it; it is what the first answer says
     * @param version that was looked at; null when any is meant that is there
     */
    S3Object(S3Storage storage, S3Bucket bucket, String key, long size, @Nullable String version) {
        this.storage = storage;
        this.bucket = bucket;
        this.key = key;
        this.size = size;
        this.version = version;
    }

    /** One of which nothing is known before it is read. */
    static S3Object unknown(S3Storage storage, S3Bucket bucket, String key) {
        return new S3Object(storage, bucket, key, UNKNOWN, null);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int read(long position, ByteBuffer target) {
        int start = target.position();
        for (int failed = 0; ; ) {
            int before = target.position();
            try {
                while (target.hasRemaining() && !isEnd(position + target.position() - start)) {
                    readOnce(position + target.position() - start, target);
                }
                return target.position() - start;
            } catch (IOException e) {
                failed = target.position() - before >= PIECE
                        ? 1
                        : failed + 1; // what goes on, however slowly, is not given up
                if (failed == TRIES) {
                    throw new StorageException.Unreachable("Reading %s: %s".formatted(key, e), e);
                }
                RetryDelay.sleep(failed);
            } catch (SdkException e) {
                throw storage.reading(e, key, "Reading " + key);
            }
        }
    }

    private boolean isEnd(long position) {
        return size != UNKNOWN && position >= size;
    }

    private void readOnce(long position, ByteBuffer target) throws IOException {
        var request = GetObjectRequest.builder()
                .bucket(bucket.location().name())
                .key(bucket.name(key))
                .range("bytes=%d-%d".formatted(position, position + target.remaining() - 1))
                .build();
        try (var body = bucket.client().getObject(request)) {
            readAnswer(position, target, body);
        } catch (S3Exception e) {
            if (e.statusCode() != 416) {
                throw e;
            }
            size = position; // it ends before; how much before, nobody asks
        }
    }

    private void readAnswer(long position, ByteBuffer target, ResponseInputStream<GetObjectResponse> body)
            throws IOException {
        var answer = body.response();
        requireSameVersion(answer);
        int offered = offered(position, answer);
        int wanted = Math.min(target.remaining(), offered);
        if (wanted == 0 && !isEnd(position)) {
            throw new IOException("the answer is empty");
        }
        try {
            readFully(body, target, wanted);
        } catch (IOException | SdkException e) {
            body.abort();
            throw e instanceof IOException io ? io : new IOException(e);
        }
        if (offered > wanted) {
            body.abort(); // who was asked for a part and sends all would send the rest before the next answer
        }
    }

    /** How many bytes of it come, and how large the object is. */
    private int offered(long position, GetObjectResponse answer) throws IOException {
        var range = answer.contentRange();
        if (range == null && position > 0) {
            throw new IOException("%s was sent whole instead of from byte %d on".formatted(key, position));
        }
        size = range == null ? answer.contentLength() : sizeIn(range);
        return (int) Math.min(Integer.MAX_VALUE, answer.contentLength());
    }

    private long sizeIn(String range) throws IOException {
        try {
            return Long.parseLong(range.substring(range.indexOf('/') + 1));
        } catch (NumberFormatException e) {
            throw new IOException("%s is said to be %s".formatted(key, range), e);
        }
    }

    /** Only whether it changes; what it is made of, vendors do not agree about. */
    private synchronized void requireSameVersion(GetObjectResponse answer) {
        var now = answer.eTag();
        if (version != null && now != null && !now.equals(version)) {
            throw new StorageException.Missing(
                    "Reading %s: it was deleted, and there is another".formatted(key), new IOException(now));
        }
        version = now;
    }

    private static void readFully(InputStream body, ByteBuffer target, int wanted) throws IOException {
        var piece = new byte[Math.min(wanted, PIECE)];
        for (int left = wanted; left > 0; ) {
            int read = body.read(piece, 0, Math.min(left, piece.length));
            if (read < 0) {
                throw new IOException("the answer ends %d bytes early".formatted(left));
            }
            target.put(piece, 0, read);
            left -= read;
        }
    }

    @Override
    public void close() {}
}
