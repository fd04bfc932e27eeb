package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.LayerFooter;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.objects.ManifestListing;
import dev.afterimage.repository.read.SnapshotReader;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Sealing.class)
class RepositoryTests {

    @Parameter
    Sealing sealing;

    private static final UUID DATABASE = NewSnapshots.DATABASE;

    @TempDir
    Path directory;

    private LocalStorage storage;
    private Repository repository;

    @BeforeEach
    void create() {
        storage = new LocalStorage(directory.resolve("repository"), 0);
        repository = sealing.on(storage);
    }

    private Path file(int pageSize, long pageCount, long seed) throws IOException {
        return DatabaseFiles.write(directory.resolve(UUID.randomUUID() + ".db"), pageSize, pageCount, seed);
    }

    private Manifest save(Path file) {
        return repository.save(file, NewSnapshots.any(), PageProgress.NONE);
    }

    private byte[] content(Manifest manifest) {
        try (var reader = repository.open(manifest)) {
            return read(reader);
        }
    }

    private static byte[] read(SnapshotReader reader) {
        try {
            var bytes = ByteBuffer.allocate(Math.toIntExact(reader.size()));
            while (reader.read(bytes) > 0) {}
            return bytes.array();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> keys(String prefix) {
        return storage.list(prefix).stream().map(ObjectInfo::key).toList();
    }

    private long bytes() throws IOException {
        return TestRepositories.bytes(directory.resolve("repository"));
    }

    private long filesUnder(String name) throws IOException {
        var start = directory.resolve("repository").resolve(name).normalize();
        if (!Files.exists(start)) {
            return 0;
        }
        try (var files = Files.walk(start)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !TestRepositories.isIdentityOrKey(directory.resolve("repository"), file))
                    .count();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "512,1", "512,2047", "512,2048", "512,2049", "1024,3000", "2048,513", "4096,1", "4096,255", "4096,256",
        "4096,257", "4096,5000", "8192,300", "16384,65", "32768,33", "65536,1", "65536,16", "65536,17", "65536,100"
    })
    void openWhenSavedGivesTheSameBytes(int pageSize, long pageCount) throws IOException {
        var file = file(pageSize, pageCount, 1);

        var manifest = save(file);

        assertThat(content(manifest)).isEqualTo(Files.readAllBytes(file));
        assertThat(manifest.pageSize()).isEqualTo(pageSize);
        assertThat(manifest.pageCount()).isEqualTo(pageCount);
        assertThat(manifest.sizeBytes()).isEqualTo(Files.size(file));
        assertThat(manifest.sha256()).isEqualTo(Sha256.hexOf(Files.readAllBytes(file)));
    }

    @Test
    void saveWhenDoneReturnsWhatFindReads() throws IOException {
        var snapshot = NewSnapshots.any();

        var saved = repository.save(file(4096, 10, 1), snapshot, PageProgress.NONE);

        assertThat(repository.find(DATABASE, snapshot.id())).contains(saved);
        assertThat(repository.list(DATABASE).readable()).containsExactly(saved);
        assertThat(repository.databases()).containsExactly(DATABASE);
        assertThat(saved.labels()).isEqualTo(snapshot.labels());
        assertThat(saved.capture()).isEqualTo(snapshot.capture());
        assertThat(saved.createdAt()).isEqualTo(snapshot.createdAt());
    }

    @Test
    void saveWhenDoneCountsEachByteOnTheStorage() throws IOException {
        var saved = save(file(4096, 1000, 1));

        assertThat(saved.newBytes()).isEqualTo(bytes());
        assertThat(saved.storedBytes()).isEqualTo(bytes());
        assertThat(filesUnder("tmp")).isZero();
    }

    @Test
    void saveWhenDoneNamesTheLayerAsItsHeaderDoes() throws IOException {
        var layer = save(file(4096, 1000, 1)).layers().getFirst();

        var stored = Files.readAllBytes(directory.resolve("repository/layers/" + DATABASE + "/" + layer.id()));
        assertThat(ByteBuffer.wrap(stored).slice(0, LayerHeader.SIZE))
                .isEqualTo(new LayerHeader(DATABASE, layer.id(), 4096).toBytes());
        assertThat(stored).hasSize(Math.toIntExact(layer.bytes()));
        var footer =
                LayerFooter.parse(ByteBuffer.wrap(stored).slice(stored.length - LayerFooter.SIZE, LayerFooter.SIZE));
        assertThat(layer.indexBytes()).isEqualTo(layer.bytes() - footer.pageListsOffset());
    }

    @Test
    void saveWhenDoneHasTheTreeDigestOverThePageDigests() throws IOException {
        var file = file(4096, 600, 3);
        var content = Files.readAllBytes(file);
        var digests = ByteBuffer.allocate(600 * 16);
        var pageDigest = sealing.vault(storage).codec().pageDigest(DATABASE);
        for (int page = 0; page < 600; page++) {
            switch (sealing) {
                case PLAIN -> {
                    var sha256 = Sha256.hexOf(java.util.Arrays.copyOfRange(content, page * 4096, (page + 1) * 4096));
                    digests.put(HexFormat.of().parseHex(sha256), 0, 16);
                }
                case SEALED -> {
                    pageDigest.digest(ByteBuffer.wrap(content), page * 4096, 4096, digests.array(), page * 16);
                    digests.position(digests.position() + 16);
                }
            }
        }

        var manifest = save(file);

        assertThat(manifest.treeDigest()).isEqualTo(Sha256.hexOf(digests.array()));
        try (var reader = repository.open(manifest)) {
            for (int page = 1; page <= 600; page++) {
                assertThat(reader.pageDigest(page)).isEqualTo(ShortDigest.get(digests, (page - 1) * 16));
            }
        }
    }

    @Test
    void saveWhenThereIsAnotherSnapshotOfThatIdLeavesIt() throws IOException {
        var first = save(file(4096, 10, 1));

        assertThatThrownBy(() -> repository.save(file(4096, 10, 2), NewSnapshots.of(first.id()), PageProgress.NONE))
                .isInstanceOf(IllegalStateException.class);

        assertThat(repository.find(DATABASE, first.id())).contains(first);
        assertThat(content(first)).isEqualTo(Files.readAllBytes(file(4096, 10, 1)));
    }

    @Test
    void saveWhenTheFileIsNoDatabasePublishesNothing() throws IOException {
        var text = Files.writeString(directory.resolve("text"), "no database".repeat(100));
        var odd = file(4096, 2, 1);
        Files.write(odd, new byte[] {0}, java.nio.file.StandardOpenOption.APPEND);
        var empty = Files.createFile(directory.resolve("empty"));

        for (var file : List.of(text, odd, empty)) {
            assertThatThrownBy(() -> save(file))
                    .isInstanceOfSatisfying(
                            ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.NOT_A_DATABASE));
        }
        assertThatThrownBy(() -> save(directory.resolve("missing")))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.SOURCE_UNREADABLE));
        assertThat(bytes()).isZero();
    }

    @Test
    void saveWhenTheLayerCannotBePublishedPublishesNoManifest() throws IOException {
        Files.createFile(directory.resolve("repository/layers"));
        var file = file(4096, 300, 1);

        assertThatThrownBy(() -> save(file)).isInstanceOf(StorageException.Unreachable.class);

        assertThat(repository.databases()).isEmpty();
        assertThat(keys("manifests/")).isEmpty();
        assertThat(filesUnder("tmp")).isZero();
    }

    @Test
    void saveWhenCancelledLeavesNothingAndNoThread() throws IOException {
        var file = file(4096, 20_000, 1);
        for (long pages : List.of(0L, 5_000L, 20_000L)) {
            PageProgress cancelling = (done, total) -> {
                if (done >= pages) {
                    throw new CancellationException("enough");
                }
            };

            assertThatThrownBy(() -> repository.save(file, NewSnapshots.any(), cancelling))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("enough");
            assertThat(bytes()).isZero();
            assertThat(filesUnder(".")).isZero();
            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.startsWith("block-"));
        }
    }

    @Test
    void saveWhenRunningReportsPagesInOrderUpToTheTotal() throws IOException {
        var reported = new ArrayList<Long>();

        repository.save(file(4096, 1000, 1), NewSnapshots.any(), (done, total) -> {
            assertThat(total).isEqualTo(1000);
            reported.add(done);
        });

        assertThat(reported).isSorted().startsWith(0L).endsWith(1000L).hasSize(5);
    }

    @Test
    void saveWhenTheQuotaIsTooSmallLeavesWhatWasThere() throws IOException {
        var first = save(file(4096, 100, 1));
        long used = bytes();
        var small = sealing.on(new LocalStorage(directory.resolve("repository"), used + 100_000));
        var large = file(4096, 5000, 2);

        assertThatThrownBy(() -> small.save(large, NewSnapshots.any(), PageProgress.NONE))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.STORAGE_FULL));

        assertThat(bytes()).isEqualTo(used);
        assertThat(small.list(DATABASE).readable()).containsExactly(first);
        content(first);
        small.save(file(4096, 10, 3), NewSnapshots.any(), PageProgress.NONE);
    }

    @Test
    void deleteWhenAnotherSnapshotSharesTheLayerKeepsIt() throws IOException {
        var file = file(4096, 300, 1);
        var first = save(file);
        var second = save(file);

        TestRepositories.delete(repository, DATABASE, first.id());

        assertThat(repository.find(DATABASE, first.id())).isEmpty();
        assertThat(content(second)).isEqualTo(Files.readAllBytes(file));

        TestRepositories.delete(repository, DATABASE, second.id());

        assertThat(bytes()).isZero();
        assertThat(filesUnder(".")).isZero();
        assertThat(repository.databases()).isEmpty();
    }

    @Test
    void deleteWhenTheSnapshotIsNotThereDoesNothing() throws IOException {
        var saved = save(file(4096, 3, 1));

        TestRepositories.delete(repository, DATABASE, UUID.randomUUID());
        TestRepositories.delete(repository, UUID.randomUUID(), saved.id());

        content(saved);
    }

    @Test
    void deleteWhenAReaderIsOpenLetsItReadOn() throws IOException {
        var file = file(4096, 3000, 1);
        var manifest = save(file);
        try (var reader = repository.open(manifest)) {
            reader.read(ByteBuffer.allocate(10));
            reader.position(0);

            TestRepositories.delete(repository, DATABASE, manifest.id());

            assertThat(read(reader)).isEqualTo(Files.readAllBytes(file));
        }
        var layers = List.of(manifest.layers().getFirst().id());
        repository.settle(DATABASE, layers, layers);
        assertThatThrownBy(() -> repository.open(manifest)).isInstanceOf(SnapshotGoneException.class);
    }

    @Test
    void deleteWhenTheManifestIsDamagedDeletesItAndLeavesTheLayerToSweep() throws IOException {
        var manifest = save(file(4096, 300, 1));
        var other = save(file(4096, 300, 2));
        Files.writeString(manifestFile(manifest), "{}");

        TestRepositories.delete(repository, DATABASE, manifest.id());

        assertThat(repository.list(DATABASE).unreadable()).isEmpty();
        assertThat(keys("layers/")).hasSize(2);
        TestRepositories.sweep(repository);
        assertThat(keys("layers/")).hasSize(1);
        content(other);
    }

    @Test
    void sweepWhenALayerIsNamedByNoManifestDeletesOnlyIt() throws IOException {
        var file = file(4096, 300, 1);
        var kept = save(file);
        var crashed = save(file(4096, 300, 2));
        Files.delete(manifestFile(crashed));

        TestRepositories.sweep(repository);

        assertThat(keys("layers/"))
                .containsExactly(
                        "layers/" + DATABASE + "/" + kept.layers().getFirst().id());
        assertThat(content(kept)).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void sweepWhenAManifestIsUnreadableKeepsAllLayersOfThatDatabase() throws IOException {
        var damaged = save(file(4096, 300, 1));
        var crashed = save(file(4096, 300, 2));
        var otherDatabase = UUID.randomUUID();
        var other = repository.save(
                file(4096, 300, 3), NewSnapshots.of(otherDatabase, UUID.randomUUID()), PageProgress.NONE);
        var kept = repository.save(
                file(4096, 300, 3), NewSnapshots.of(otherDatabase, UUID.randomUUID()), PageProgress.NONE);
        Files.delete(manifestFile(crashed));
        Files.delete(manifestFile(other));
        var content = Files.readAllBytes(manifestFile(damaged));
        Files.writeString(manifestFile(damaged), "damaged");

        TestRepositories.sweep(repository);

        assertThat(repository.list(DATABASE).unreadable())
                .extracting(ManifestListing.Unreadable::key)
                .containsExactly("manifests/" + DATABASE + "/" + damaged.id() + ".json");
        assertThat(repository.layers(DATABASE)).hasSize(2);
        assertThat(repository.layers(otherDatabase))
                .extracting(Layers.Stored::id)
                .containsExactly(kept.layers().getFirst().id());
        Files.write(manifestFile(damaged), content);
        content(damaged);
    }

    @Test
    void sweepWhenSavesAreInFlightNeverTakesALayerFromThem() throws Exception {
        var file = file(512, 5, 1);
        var saving = new Thread(() -> {
            for (int i = 0; i < 100; i++) {
                var manifest = save(file);
                content(manifest);
                TestRepositories.delete(repository, DATABASE, manifest.id());
            }
        });
        var failures = new ArrayList<Throwable>();
        saving.setUncaughtExceptionHandler((thread, e) -> failures.add(e));
        saving.start();
        while (saving.isAlive()) {
            TestRepositories.sweep(repository);
        }

        assertThat(failures).isEmpty();
    }

    private Path manifestFile(Manifest manifest) {
        return directory.resolve("repository/manifests/%s/%s.json".formatted(manifest.databaseId(), manifest.id()));
    }
}
