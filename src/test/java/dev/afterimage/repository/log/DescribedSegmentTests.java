package dev.afterimage.repository.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.repository.Storages;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.s3.S3Faults;
import dev.afterimage.storage.s3.S3Request.Kind;
import dev.afterimage.storage.s3.S3Server;
import dev.afterimage.storage.sftp.SftpSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is learned of a segment in a bucket, and what that costs. */
@Timeout(120)
class DescribedSegmentTests {

    private static final UUID DATABASE = UUID.randomUUID();
    private static final UUID CHAIN = UUID.randomUUID();
    private static final int PAGES = 4000;

    @TempDir
    Path directory;

    private final S3Faults faults = new S3Faults(S3Server.shared());
    private final UUID id = UUID.randomUUID();

    @AfterEach
    void close() {
        faults.close();
    }

    private Vault vault(@Nullable Secret secret) {
        var bucket = new Location.Bucket(S3Server.shared().newBucket(), "one/");
        var storage = Storages.open(
                bucket, faults.settings(), SftpSettings.NONE, directory.resolve("unsent"), 0, () -> Optional.of(id));
        return new Vault(storage, () -> Optional.ofNullable(secret), Clock.systemUTC());
    }

    private void describeTakesOneRequest(Vault vault) {
        var segments = new Segments(vault);
        var put = TestSegments.put(vault, DATABASE, CHAIN, 7, PAGES);
        var stored = segments.all(DATABASE).getFirst();
        assertThat(stored.bytes()).isGreaterThan(4_000_000);
        vault.codec();
        faults.forget();

        assertThat(segments.describe(DATABASE, stored)).isEqualTo(put);

        assertThat(faults.count()).isEqualTo(1);
        assertThat(faults.seen()).singleElement().satisfies(one -> {
            assertThat(one.request().kind()).isEqualTo(Kind.GET);
            assertThat(one.received()).isLessThan(200_000);
        });
    }

    @Test
    void describeReadsTheBeginAlone() {
        var vault = vault(null);
        vault.asFound().identify(id);
        describeTakesOneRequest(vault);
    }

    @Test
    void describeOfASealedOneReadsTheBeginAlone() {
        var vault = vault(Secret.passphrase("correct horse battery staple"));
        vault.asFound().identify(id);
        describeTakesOneRequest(vault);
    }

    @Test
    void describeWhenItIsMissingSaysSo() {
        var vault = vault(null);
        vault.asFound().identify(id);
        assertThatExceptionOfType(DamagedSegmentException.class)
                .isThrownBy(() ->
                        new Segments(vault).describe(DATABASE, new Segments.Stored(TestSegments.name(CHAIN, 1), 500)))
                .withMessageContaining("missing");
    }
}
