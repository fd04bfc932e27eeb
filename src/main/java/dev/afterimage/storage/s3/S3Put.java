package dev.afterimage.storage.s3;

import dev.afterimage.storage.Rate;
import dev.afterimage.storage.RetryDelay;
import dev.afterimage.storage.StorageException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/**
 * Puts files into a bucket, under names that nothing has. Large ones go in equal parts, for not all servers take others, and in at most
 * {@value #MOST_PARTS}. What was put is read back before anybody relies on it: answers have said 200 of what was not stored.
 */
final class S3Put {

    private static final long MIB = 1 << 20;
    private static final long LARGEST_WHOLE = 64 * MIB;
    private static final long LEAST_PART = 16 * MIB;
    private static final int MOST_PARTS = 900;

    /** Of a large object, so much of its end is compared. */
    private static final int TAIL = 1 << 16;

    private static final int TRIES = 5;
    private static final int TAKEN = 412;
    private static final int CONFLICT = 409;
    private static final int NONE = 404;

    private final S3Storage storage;
    private final S3Bucket bucket;
    private final S3Uploads uploads;
    private final long largestWhole;
    private final long leastPart;

    S3Put(S3Storage storage, S3Bucket bucket, S3Uploads uploads) {
        this(storage, bucket, uploads, LARGEST_WHOLE, LEAST_PART);
    }

    private S3Put(S3Storage storage, S3Bucket bucket, S3Uploads uploads, long largestWhole, long leastPart) {
        this.storage = storage;
        this.bucket = bucket;
        this.uploads = uploads;
        this.largestWhole = largestWhole;
        this.leastPart = leastPart;
    }

    /** The same with parts of another size. */
    S3Put inPartsOf(long bytes) {
        return new S3Put(storage, bucket, uploads, bytes, bytes);
    }

    /**
     * Puts one.
     *
     * @param isAtomic whether the bucket refuses a name that something has; where it does not, only this process may put
     * @return false when something has the key, which stays
     * @throws SdkException when it cannot be put; it may be there, whole
     * @throws StorageException when it was put, and something else is there
     */
    boolean put(Path file, String key, boolean isAtomic) throws IOException {
        long bytes = Files.size(file);
        if (!isAtomic && isThere(key)) {
            return false;
        }
        for (int tries = 1; ; tries++) {
            try {
                send(file, bytes, key, isAtomic);
                requireStored(file, bytes, key);
                return true;
            } catch (S3Exception e) {
                boolean isOver = bytes > largestWhole && e.statusCode() == NONE;
                boolean again = (isOver || e.statusCode() == CONFLICT) && tries < TRIES;
                if (again) {
                    RetryDelay.sleep(tries);
                }
                if ((isOver || e.statusCode() == TAKEN) && isStored(file, bytes, key)) {
                    return true; // an answer that was lost on its way had said so
                }
                if (e.statusCode() == TAKEN) {
                    return false;
                }
                // An upload that is over was completed by a request whose answer was lost, thrown away by somebody, or
                // lost by the server, which may say so in other words.
                if (!again) {
                    throw e;
                }
            }
        }
    }

    private boolean isThere(String key) {
        try {
            bucket.client()
                    .headObject(HeadObjectRequest.builder()
                            .bucket(bucket.location().name())
                            .key(bucket.name(key))
                            .build());
            return true;
        } catch (S3Exception e) {
            if (e.statusCode() == NONE) {
                return false;
            }
            throw e;
        }
    }

    private void send(Path file, long bytes, String key, boolean isAtomic) throws IOException {
        if (bytes <= largestWhole) {
            sendWhole(file, key, isAtomic);
        } else {
            sendParts(file, bytes, key, isAtomic);
        }
    }

    private void sendWhole(Path file, String key, boolean isAtomic) throws IOException {
        var settings = bucket.settings();
        var request = PutObjectRequest.builder()
                .bucket(bucket.location().name())
                .key(bucket.name(key))
                .contentMD5(md5(new Part(file, 0, Files.size(file))))
                .storageClass(storageClass(key))
                .serverSideEncryption(settings.serverSideEncryption())
                .ssekmsKeyId(settings.kmsKeyId());
        if (isAtomic) {
            request.ifNoneMatch("*");
        }
        bucket.client().putObject(request.build(), body(new Part(file, 0, Files.size(file))));
    }

    private RequestBody body(Part part) {
        return RequestBody.fromContentProvider(
                () -> new Paced(part.open(), storage.rate()), part.bytes(), "application/octet-stream");
    }

    /** Only of what is large and lies for long: the rest costs more in a class with a least size. */
    private @Nullable String storageClass(String key) {
        return key.startsWith("layers/") ? bucket.settings().storageClass() : null;
    }

    private void sendParts(Path file, long bytes, String key, boolean isAtomic) throws IOException {
        var settings = bucket.settings();
        var id = bucket.client()
                .createMultipartUpload(CreateMultipartUploadRequest.builder()
                        .bucket(bucket.location().name())
                        .key(bucket.name(key))
                        .storageClass(storageClass(key))
                        .serverSideEncryption(settings.serverSideEncryption())
                        .ssekmsKeyId(settings.kmsKeyId())
                        .build())
                .uploadId();
        // From here on parts cost money until they are put together or thrown away, so who dies has left a note.
        try (var upload = uploads.note(key, id)) {
            var sent = sendParts(parts(file, bytes), key, id);
            bucket.client().completeMultipartUpload(request -> {
                request.bucket(bucket.location().name())
                        .key(bucket.name(key))
                        .uploadId(id)
                        .multipartUpload(of -> of.parts(sent));
                if (isAtomic) {
                    request.ifNoneMatch("*");
                }
            });
            upload.isCompleted();
        }
    }

    /** All of one size, but the last. */
    private List<Part> parts(Path file, long bytes) {
        long most = Math.max(leastPart, (bytes / MOST_PARTS / MIB + 1) * MIB);
        var parts = new ArrayList<Part>();
        for (long from = 0; from < bytes; from += most) {
            parts.add(new Part(file, from, Math.min(most, bytes - from)));
        }
        return parts;
    }

    private List<CompletedPart> sendParts(List<Part> parts, String key, String id) throws IOException {
        try (var threads = Executors.newFixedThreadPool(
                Math.min(parts.size(), bucket.settings().parts()),
                Thread.ofPlatform().name("s3-part-", 0).daemon().factory())) {
            var sending = new ArrayList<Future<CompletedPart>>();
            for (int i = 0; i < parts.size(); i++) {
                int number = i + 1;
                var part = parts.get(i);
                sending.add(threads.submit((Callable<CompletedPart>) () -> send(part, number, key, id)));
            }
            try {
                return await(sending);
            } finally {
                sending.forEach(part -> part.cancel(true));
            }
        }
    }

    private static List<CompletedPart> await(List<Future<CompletedPart>> sending) throws IOException {
        var sent = new ArrayList<CompletedPart>();
        try {
            for (var part : sending) {
                sent.add(part.get());
            }
            return sent;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IOException(e.getCause());
        }
    }

    private CompletedPart send(Part part, int number, String key, String id) throws IOException {
        var request = UploadPartRequest.builder()
                .bucket(bucket.location().name())
                .key(bucket.name(key))
                .uploadId(id)
                .partNumber(number)
                .contentMD5(md5(part))
                .build();
        var answer = bucket.client().uploadPart(request, body(part));
        return CompletedPart.builder().partNumber(number).eTag(answer.eTag()).build();
    }

    /** What is to be sent at a time. */
    private record Part(Path file, long from, long bytes) {

        InputStream open() {
            try {
                var in = Files.newInputStream(file);
                in.skipNBytes(from);
                return new First(in, bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** So many bytes of a stream. */
    private static final class First extends FilterInputStream {

        private long left;

        First(InputStream in, long bytes) {
            super(in);
            this.left = bytes;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = super.read(target, offset, (int) Math.min(left, length));
            left -= Math.max(0, read);
            return read;
        }

        @Override
        public long skip(long bytes) throws IOException {
            long skipped = super.skip(Math.min(left, bytes));
            left -= skipped;
            return skipped;
        }

        @Override
        public int available() throws IOException {
            return (int) Math.min(left, super.available());
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }

    /** Gives its bytes no faster. */
    private static final class Paced extends FilterInputStream {

        /** So that what is sent flows, and does not come in bursts. */
        private static final int MOST = 1 << 14;

        private final Rate rate;

        Paced(InputStream in, Rate rate) {
            super(in);
            this.rate = rate;
        }

        @Override
        public int read() throws IOException {
            rate.take(1);
            return super.read();
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, rate.isLimited() ? Math.min(length, MOST) : length);
            rate.take(Math.max(0, read));
            return read;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }

    private static String md5(Part part) throws IOException {
        try (var in = part.open()) {
            var md5 = MessageDigest.getInstance("MD5");
            var piece = new byte[TAIL];
            for (int read; (read = in.read(piece)) >= 0; ) {
                md5.update(piece, 0, read);
            }
            return Base64.getEncoder().encodeToString(md5.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    private void requireStored(Path file, long bytes, String key) throws IOException {
        boolean isStored;
        try {
            isStored = isStored(file, bytes, key, Math.max(0, bytes - TAIL));
        } catch (StorageException.Missing e) {
            throw new StorageException.Unreachable("Putting %s: it is not there afterwards".formatted(key), e);
        }
        if (!isStored) {
            throw new StorageException.Unreachable(
                    "Putting %s: something else is there afterwards".formatted(key), new IOException(bucket.name(key)));
        }
    }

    private boolean isStored(Path file, long bytes, String key) throws IOException {
        try {
            return isStored(file, bytes, key, 0);
        } catch (StorageException.Missing e) {
            return false;
        }
    }

    /** Whether the object is the file, from a position on, and has its size. */
    private boolean isStored(Path file, long bytes, String key, long from) throws IOException {
        var object = S3Object.unknown(storage, bucket, key);
        var stored = ByteBuffer.allocate((int) Math.min(bytes - from + 1, MIB));
        try (var in = new Part(file, from, bytes - from).open()) {
            for (long position = from; ; ) {
                int read = object.read(position, stored.clear());
                if (read == 0) {
                    return position == bytes;
                }
                if (!stored.flip().equals(ByteBuffer.wrap(in.readNBytes(read)))) {
                    return false;
                }
                position += read;
                if (position == bytes && object.size() == bytes) {
                    return true;
                }
            }
        }
    }
}
