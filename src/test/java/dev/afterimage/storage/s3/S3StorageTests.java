package dev.afterimage.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.storage.Location;
import dev.afterimage.storage.StorageContract;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;

class S3StorageTests extends StorageContract {

    @TempDir
    Path directory;

    private @Nullable S3Bucket bucket;

    private S3Bucket bucket() {
        if (bucket == null) {
            var server = S3Server.shared();
            bucket =
                    new S3Bucket(new Location.Bucket(server.newBucket(), "one/"), server.settings(), Clock.systemUTC());
        }
        return bucket;
    }

    @Override
    protected S3Storage storage(@Nullable Supplier<Optional<UUID>> expected) {
        return new S3Storage(bucket(), directory.resolve("unsent"), 0, expected);
    }

    /** S3Proxy compares the tag of a file, and opens by its name what may be another file by then. S3 does not. */
    @Override
    protected boolean readsInOneStep() {
        return false;
    }

    private List<String> openUploads() {
        return bucket()
                .client()
                .listMultipartUploads(
                        request -> request.bucket(bucket().location().name()))
                .uploads()
                .stream()
                .map(upload -> upload.key())
                .toList();
    }

    private List<Path> unsent() throws IOException {
        try (var files = Files.walk(directory.resolve("unsent"))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("probed"))
                    .toList();
        }
    }

    @Test
    void putWhenItIsLargeGoesInParts() throws IOException {
        var storage = storage(null);
        var bytes = new byte[(70 << 20) + 12345];
        new Random(1).nextBytes(bytes);
        try (var object = storage.create()) {
            object.write(ByteBuffer.wrap(bytes));
            assertThat(object.put("layers/x/large")).isTrue();
        }
        try (var object = storage.create()) {
            object.write(ByteBuffer.wrap(new byte[70 << 20]));
            assertThat(object.put("layers/x/large")).isFalse();
        }

        try (var object = storage.open("layers/x/large")) {
            var read = ByteBuffer.allocate(bytes.length);
            assertThat(object.read(0, read)).isEqualTo(bytes.length);
            assertThat(read.array()).isEqualTo(bytes);
        }
        assertThat(openUploads()).isEmpty();
        assertThat(unsent()).isEmpty();
    }

    @Test
    void isEmptyWhenSomethingElseLiesUnderThePrefixSaysNo() {
        var storage = storage(null);
        assertThat(storage.isEmpty()).isTrue();
        put(storage, "keys/1", "key");
        assertThat(storage.hasOnlyKeys()).isTrue();
        bucket().client()
                .putObject(
                        request -> request.bucket(bucket().location().name()).key("one/holiday.jpg"),
                        RequestBody.fromString("x"));

        assertThat(storage.isEmpty()).isFalse();
        assertThat(storage.hasOnlyKeys()).isFalse();
        assertThat(storage.usedBytes()).isEqualTo(3);
    }
}
