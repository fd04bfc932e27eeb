package dev.afterimage.storage;

import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

class S3StorageTests extends StorageContract {

    @TempDir
    Path directory;

    private @Nullable S3Bucket bucket;

    @Override
    Storage storage(@Nullable Supplier<Optional<UUID>> expected) {
        if (bucket == null) {
            var name = "b" + UUID.randomUUID();
            bucket = new S3Bucket(
                    new Location.Bucket(name, "one/"),
                    new S3Settings(
                            URI.create("http://127.0.0.1:9911"),
                            null,
                            null,
                            "local",
                            "localsecret",
                            null,
                            null,
                            null,
                            null,
                            null,
                            null),
                    Clock.systemUTC());
            bucket.client().createBucket(request -> request.bucket(name));
        }
        return new S3Storage(bucket, directory.resolve("unsent"), 0, expected);
    }
}
