package dev.afterimage.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.snapshots.Age;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.lifecycle.StartRefusedException;
import dev.afterimage.storage.s3.S3Settings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Where copies may lie: the service does not start when one lies where something else does. */
class CopyPlacesTests {

    @TempDir
    Path dir;

    private TestCatalog catalog;

    @BeforeEach
    void openHome() throws Exception {
        catalog = new TestCatalog(dir.resolve("home"), dir.resolve("files"), new TestClock());
    }

    @AfterEach
    void closeHome() {
        catalog.close();
    }

    private static CopySettings.OfCopy at(String location, @Nullable String endpoint) {
        var s3 = endpoint == null
                ? null
                : new S3Settings(URI.create(endpoint), null, null, "id", "secret", null, null, null, null, null, null);
        return new CopySettings.OfCopy(location, s3, null, null, null, null, true);
    }

    private void start(String... locations) {
        var copies = new HashMap<String, CopySettings.OfCopy>();
        for (int i = 0; i < locations.length; i++) {
            copies.put("copy-" + i, at(locations[i], null));
        }
        TestCopies.of(catalog, new CopySettings(copies));
    }

    private void assertRefused(String... locations) {
        assertThatExceptionOfType(StartRefusedException.class).isThrownBy(() -> start(locations));
    }

    @Test
    void startWhenACopyIsTheRepositoryOrWithinOrAroundItIsRefused() throws Exception {
        var repository = catalog.node.repositoryDirectory().orElseThrow();
        assertRefused(repository.toString());
        assertRefused(repository.resolve("copy").toString());
        assertRefused(repository.getParent().toString());
        assertRefused(repository + "/../" + repository.getFileName());

        Files.createDirectories(repository);
        var link = Files.createSymbolicLink(dir.resolve("link"), repository);
        assertRefused(link.toString());
        assertRefused(link.resolve("below/there").toString());
    }

    @ParameterizedTest
    @CsvSource({
        "/mnt/one, /mnt/one",
        "/mnt/one, /mnt/one/more",
        "/mnt/one/more, /mnt/one",
        "s3://bucket/one, s3://bucket/one",
        "s3://bucket/one, s3://bucket/one/more",
        "s3://bucket, s3://bucket/one",
        "sftp://me@host/one, sftp://me@host/one",
        "sftp://me@host/one, sftp://you@host:22/one/more",
    })
    void startWhenTwoCopiesAreInOnePlaceIsRefused(String one, String other) {
        assertRefused(one, other);
    }

    @ParameterizedTest
    @CsvSource({
        "/mnt/one, /mnt/one-more",
        "s3://bucket/one, s3://bucket/one-more",
        "s3://bucket/one, s3://other/one",
        "sftp://me@host/one, sftp://me@host/one-more",
        "sftp://me@host/one, sftp://me@host:2222/one",
        "/mnt/one, s3://bucket/mnt/one",
    })
    void startWhenPlacesDoNotTouchIsNotRefused(String one, String other) {
        assertThatCode(() -> start(one, other)).doesNotThrowAnyException();
    }

    @Test
    void startWhenBucketsOfOneNameAreOfTwoProvidersIsNotRefused() {
        var settings = new CopySettings(Map.of(
                "a",
                at("s3://bucket/one", "https://s3.one.example"),
                "b",
                at("s3://bucket/one", "https://s3.two.example")));

        assertThat(TestCopies.of(catalog, settings).all()).hasSize(2);
    }

    @Test
    void settingsAreReadAsTheManualHasThem() {
        var source = new MapConfigurationPropertySource(Map.of(
                "afterimage.copies.offsite.location", "/mnt/one",
                "afterimage.copies.offsite.rate", "10MB",
                "afterimage.copies.offsite.keep.daily", "30",
                "afterimage.copies.offsite.keep.within", "30d",
                "afterimage.copies.offsite.keep.max-age", "P6M",
                "afterimage.copies.offsite.keep.labels", "release,keep=yes",
                "afterimage.copies.offsite.keep.zone", "Europe/Berlin"));
        var settings = new Binder(source).bind("afterimage", CopySettings.class).get();

        var copy = TestCopies.of(catalog, settings).get("offsite");

        assertThat(copy.keep())
                .isEqualTo(new RetentionPolicy(
                        null,
                        null,
                        30,
                        null,
                        null,
                        null,
                        Age.parse("30d"),
                        List.of("release", "keep=yes"),
                        Age.parse("P6M"),
                        null,
                        ZoneId.of("Europe/Berlin")));
        assertThat(copy.rate().isLimited()).isTrue();
        assertThat(copy.sending().isLimited()).isTrue();
        assertThat(copy.delete()).isTrue();
    }

    @Test
    void settingsWithoutALocationOrWithABadNameAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> at(" ", null)).withMessageContaining("location");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CopySettings(Map.of("My Copy", at("/mnt/one", null))))
                .withMessageContaining("My Copy");
    }
}
