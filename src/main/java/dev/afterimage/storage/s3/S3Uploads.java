package dev.afterimage.storage.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.afterimage.storage.RetryDelay;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.TemporaryFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Uploads in parts that have begun, each noted in a local file that is locked while its process lives. Parts of one that nobody
 * completes cost money, and not every server lists them; so the notes say what to throw away.
 */
final class S3Uploads {

    private static final int NONE = 404;

    /** Far more than a key and an id have. */
    private static final int MAX_BYTES = 1 << 14;

    /** Parts that were on their way may arrive after an upload was thrown away. */
    private static final int TRIES = 4;

    private final S3Bucket bucket;
    private final TemporaryFiles notes;

    S3Uploads(S3Bucket bucket, Path directory) {
        this.bucket = bucket;
        this.notes = new TemporaryFiles(directory);
    }

    /** One that has begun. Closing it throws it away unless it was completed; when that fails, its note stays. */
    final class Upload implements AutoCloseable {

        private final String key;
        private final String id;
        private final TemporaryFiles.Temporary note;
        private boolean completed;

        private Upload(String key, String id, TemporaryFiles.Temporary note) {
            this.key = key;
            this.id = id;
            this.note = note;
        }

        void isCompleted() {
            completed = true;
        }

        @Override
        public void close() throws IOException {
            try (var _ = note.channel()) {
                if (completed || throwAway(key, id)) {
                    Files.deleteIfExists(note.path());
                }
            } finally {
                notes.closed(note.path());
            }
        }
    }

    Upload note(String key, String id) throws IOException {
        var note = notes.create();
        try {
            note.channel().write(ByteBuffer.wrap((key + "\n" + id + "\n").getBytes(UTF_8)));
            note.channel().force(true);
            return new Upload(key, id, note);
        } catch (IOException e) {
            try (var _ = note.channel()) {
                throw e;
            } finally {
                notes.closed(note.path());
            }
        }
    }

    /** Whether nothing of it is left. */
    private boolean throwAway(String key, String id) {
        try {
            for (int tries = 1; tries <= TRIES; tries++) {
                bucket.client()
                        .abortMultipartUpload(
                                request -> request.bucket(bucket.location().name())
                                        .key(bucket.name(key))
                                        .uploadId(id));
                bucket.client()
                        .listParts(request -> request.bucket(bucket.location().name())
                                .key(bucket.name(key))
                                .uploadId(id));
                RetryDelay.sleep(tries);
            }
            return false;
        } catch (S3Exception e) {
            return e.statusCode() == NONE;
        } catch (SdkException | StorageException e) {
            return false; // its note stays, and the next sweep tries again
        }
    }

    /** Throws away what dead processes have left. */
    void removeLeftovers() throws IOException {
        notes.removeLeftovers(note -> {
            var lines = text(note).lines().toList();
            return lines.size() < 2
                    || throwAway(lines.get(0), lines.get(1)); // who died before it was whole had sent nothing
        });
    }

    private static String text(FileChannel note) throws IOException {
        var bytes = ByteBuffer.allocate((int) Math.min(note.size(), MAX_BYTES));
        while (bytes.hasRemaining() && note.read(bytes, bytes.position()) >= 0) {}
        return UTF_8.decode(bytes.flip()).toString();
    }
}
