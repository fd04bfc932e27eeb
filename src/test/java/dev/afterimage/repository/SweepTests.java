package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.objects.Sweep;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.LocalStorage;
import dev.afterimage.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a sweep with a grace of a day takes, and above all what it leaves. */
class SweepTests {

    private static final UUID DATABASE = NewSnapshots.DATABASE;
    private static final Duration GRACE = Duration.ofDays(1);

    @TempDir
    Path directory;

    private Path root;
    private Path manifests;
    private Repository repository;

    @BeforeEach
    void create() {
        root = directory.resolve("repository");
        manifests = root.resolve("manifests/" + DATABASE);
        repository = new Repository(new LocalStorage(root, 0), GRACE, Clock.systemUTC());
    }

    @Test
    void sweepWhenALayerIsUnnamedDeletesItOnlyAfterTheGrace() throws IOException {
        var kept = save(1);
        var young = save(2);
        var old = save(3);
        Files.delete(manifest(young));
        Files.delete(manifest(old));
        age(kept, GRACE.multipliedBy(9));
        age(young, GRACE.minusMinutes(5));
        age(old, GRACE.plusMinutes(5));
        long oldBytes = old.layers().getFirst().bytes();

        assertThat(repository.sweep()).isEqualTo(new Sweep(1, oldBytes, 1, List.of()));

        assertThat(layer(kept)).exists();
        assertThat(layer(young)).exists();
        assertThat(layer(old)).doesNotExist();
    }

    @Test
    void sweepWhenTheDirectoryOfManifestsIsAwaySkipsTheDatabase() throws IOException {
        var saved = save(1);
        age(saved, GRACE.multipliedBy(9));
        var away = Files.move(root.resolve("manifests"), directory.resolve("not-mounted"));

        var swept = repository.sweep();

        assertThat(swept.skipped()).containsExactly(DATABASE);
        assertThat(swept.deletedLayers()).isZero();
        Files.move(away, root.resolve("manifests"));
        repository.open(saved).close();
    }

    @Test
    void sweepWhenDirectoriesAreLinksSeesTheManifestsBehindThem() throws IOException {
        var saved = save(1);
        var unnamed = save(2);
        Files.delete(manifest(unnamed));
        age(saved, GRACE.multipliedBy(9));
        age(unnamed, GRACE.multipliedBy(9));
        link(manifests, "manifests-of-one");
        link(root.resolve("manifests"), "manifests");
        link(root.resolve("layers"), "layers");

        assertThat(repository.sweep().deletedLayers()).isEqualTo(1);

        assertThat(repository.list(DATABASE).readable()).containsExactly(saved);
        repository.open(saved).close();
        assertThat(layer(unnamed)).doesNotExist();
    }

    @Test
    void saveWhenItReusesALayerMakesItYoungBeforeAManifestNamesIt() throws IOException {
        var first = save(1);
        Files.delete(manifest(first));
        age(first, GRACE.multipliedBy(9));
        Files.delete(manifests);
        Files.createFile(manifests); // so that the save gets as far as the manifest, as if it died there

        assertThatThrownBy(() -> save(1)).isInstanceOf(StorageException.Unreachable.class);

        Files.delete(manifests);
        Files.createDirectory(manifests);
        assertThat(repository.sweep().youngLayers()).isEqualTo(1);
        assertThat(Files.getLastModifiedTime(layer(first)).toInstant())
                .isAfter(Instant.now().minus(GRACE));
    }

    @Test
    void deleteWhenTheLayerIsYoungFreesItAtOnce() throws IOException {
        var saved = save(1);

        repository.delete(DATABASE, saved.id());

        assertThat(layer(saved)).doesNotExist();
    }

    private Manifest save(long seed) throws IOException {
        var file = directory.resolve(seed + ".db");
        if (!Files.exists(file)) {
            DatabaseFiles.write(file, 4096, 30, seed);
        }
        return repository.save(file, NewSnapshots.any(), PageProgress.NONE);
    }

    private Path manifest(Manifest manifest) {
        return manifests.resolve(manifest.id() + ".json");
    }

    private Path layer(Manifest manifest) {
        return root.resolve(
                "layers/%s/%s".formatted(DATABASE, manifest.layers().getFirst().id()));
    }

    private void age(Manifest manifest, Duration age) throws IOException {
        Files.setLastModifiedTime(layer(manifest), FileTime.from(Instant.now().minus(age)));
    }

    private void link(Path path, String name) throws IOException {
        Files.createSymbolicLink(path, Files.move(path, directory.resolve("elsewhere-" + name)));
    }
}
