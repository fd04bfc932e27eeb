package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.lease.Hold;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.s3.S3Faults;
import dev.afterimage.storage.s3.S3Request;
import dev.afterimage.storage.s3.S3Server;
import dev.afterimage.storage.sftp.SftpSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each request to a bucket costs money and a round trip. */
@Timeout(120)
class BucketRequestsTests {

    private static final int MOST = 8;

    @TempDir
    Path directory;

    private final PageArrays pages = PageArrays.of(4096, 2000, 1);

    @Test
    void backupWhenItIsIncrementalTakesFewRequests() throws IOException {
        try (var faults = new S3Faults(S3Server.shared())) {
            var id = UUID.randomUUID();
            var bucket = new Location.Bucket(S3Server.shared().newBucket(), "one/");
            var storage = Storages.open(
                    bucket,
                    faults.settings(),
                    SftpSettings.NONE,
                    directory.resolve("unsent"),
                    0,
                    () -> Optional.of(id));
            var hold =
                    new Hold(storage, UUID.randomUUID(), "prod-1", "0.1.0", Duration.ofMinutes(5), Clock.systemUTC());
            var vault = new Vault(hold.storage(), Clock.systemUTC());
            vault.asFound().identify(id);
            var indexes = IndexCache.in(Files.createDirectory(directory.resolve("indexes")), 1 << 30);
            var repository = new Repository(vault, indexes, Duration.ZERO, _ -> Set.of(), Clock.systemUTC());
            Manifest last = null;
            for (int backup = 1; backup <= 5; backup++) {
                pages.write(backup * 100, backup);
                faults.forget();
                last = backUp(repository, last);
                var seen = faults.seen().stream()
                        .map(one -> one.request().kind() + " " + one.request().key()
                                + one.request().header("range"))
                        .toList();
                if (backup > 1) {
                    assertThat(seen).as("backup %d", backup).hasSizeLessThanOrEqualTo(MOST);
                }
            }
            var layers = last.layers().stream().map(LayerRef::id).collect(Collectors.toSet());
            faults.forget();
            repository.proveStored(last, layers, PageProgress.NONE);
            assertThat(faults.count(S3Request.Kind.LIST))
                    .as("a proof that follows no put asks the storage")
                    .isPositive();
            assertThat(TestRepositories.content(repository, last)).isEqualTo(pages.bytes());
        }
    }

    /** With the proof that each backup has by default. */
    private Manifest backUp(Repository repository, @Nullable Manifest parent) {
        try (var writer = repository.begin(NewSnapshots.DATABASE, parent)) {
            writer.add(pages, PageProgress.NONE);
            var manifest = writer.publish(NewSnapshots.any());
            var proven = parent == null
                    ? Set.<UUID>of()
                    : parent.layers().stream().map(LayerRef::id).collect(Collectors.toSet());
            repository.proveStored(manifest, proven, PageProgress.NONE);
            return manifest;
        }
    }
}
