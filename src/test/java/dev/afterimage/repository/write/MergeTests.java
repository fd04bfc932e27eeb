package dev.afterimage.repository.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.repository.NewSnapshots;
import dev.afterimage.repository.PageArrays;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.Sealing;
import dev.afterimage.repository.TestRepositories;
import dev.afterimage.repository.format.BlockEntry;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.repository.read.LayerReader;
import dev.afterimage.repository.read.SnapshotFile;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Snapshots that would have too many layers. */
@ParameterizedClass
@EnumSource(Sealing.class)
class MergeTests {

    @Parameter
    Sealing sealing;

    private static final UUID DATABASE = NewSnapshots.DATABASE;
    private static final int PAGE_SIZE = 1024;
    private static final int BLOCK_PAGES = 1024;

    @TempDir
    Path directory;

    private Path root;
    private LocalStorage storage;
    private Vault vault;
    private Repository repository;
    private final PageArrays pages = PageArrays.of(PAGE_SIZE, 3000, 1);

    @BeforeEach
    void create() {
        root = directory.resolve("repository");
        storage = new LocalStorage(root, 0);
        vault = sealing.vault(storage);
        repository = sealing.on(storage);
    }

    private Manifest save(@Nullable Manifest parent, PageArrays... additions) {
        try (var writer = repository.begin(DATABASE, parent)) {
            for (var addition : additions) {
                writer.add(addition, PageProgress.NONE);
            }
            return writer.publish(NewSnapshots.any());
        }
    }

    private void assertHas(Manifest manifest, PageArrays expected) throws IOException {
        assertThat(manifest.layers()).hasSizeLessThanOrEqualTo(Manifest.MAX_LAYERS);
        assertThat(TestRepositories.content(repository, manifest)).isEqualTo(expected.bytes());
        var file = directory.resolve(UUID.randomUUID().toString());
        try (var reader = repository.open(manifest)) {
            SnapshotFile.passing(file).prove(reader, PageProgress.NONE);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(expected.bytes());
    }

    @Test
    void publishUnmergedWhenLayersAreTooManyLeavesMergingToTheNextSnapshot() throws IOException {
        Manifest last = null;
        for (int i = 1; i <= Manifest.MAX_LAYERS + 4; i++) {
            pages.write(i, 100 + i);
            try (var writer = repository.begin(DATABASE, last)) {
                writer.add(pages, PageProgress.NONE);
                last = writer.publishUnmerged(NewSnapshots.any());
            }
        }
        assertThat(last.layers()).hasSize(Manifest.MAX_LAYERS + 4);
        assertThat(TestRepositories.content(repository, last)).isEqualTo(pages.bytes());
        pages.write(100, 5);

        assertHas(save(last, pages), pages);
    }

    @Test
    void publishWhenALayerOfItsParentWasTakenAwayPublishesNothing() throws IOException {
        var parent = save(null, pages);
        pages.write(7, 5);
        try (var writer = repository.begin(DATABASE, parent)) {
            writer.add(pages, PageProgress.NONE);
            Files.delete(root.resolve(
                    "layers/" + DATABASE + "/" + parent.layers().getFirst().id()));

            assertThatThrownBy(() -> writer.publish(NewSnapshots.any()))
                    .isInstanceOf(SnapshotDamagedException.class)
                    .hasMessageContaining("missing");
        }
        assertThat(repository.snapshotIds(DATABASE)).containsExactly(parent.id());
    }

    @Test
    void closeWhenAPartOfItFailsClosesTheRest() throws IOException {
        var parent = save(null, pages);
        pages.write(7, 5);
        var writer = repository.begin(DATABASE, parent);
        writer.add(pages, PageProgress.NONE);
        var tmp = root.resolve("tmp");
        Files.move(tmp, directory.resolve("moved"));
        Files.createFile(tmp); // so that nothing in it can be deleted

        assertThatThrownBy(writer::close).isInstanceOf(StorageException.Unreachable.class);

        assertThat(openBelow(directory)).isEmpty();
        TestRepositories.delete(repository, DATABASE, parent.id());
        assertThat(root.resolve("layers/" + DATABASE)).isEmptyDirectory();
    }

    private static List<String> openBelow(Path directory) throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(descriptor -> {
                        try {
                            return Files.readSymbolicLink(descriptor).toString();
                        } catch (IOException e) {
                            return "closed by now";
                        }
                    })
                    .filter(file -> file.startsWith(directory.toString()))
                    .toList();
        }
    }

    @Test
    void publishWhenLayersAreTooManyMergesSomeAndLeavesOlderSnapshots() throws IOException {
        var random = new Random(5);
        var manifests = new ArrayList<Manifest>();
        var copies = new ArrayList<PageArrays>();
        int snapshots = Manifest.MAX_LAYERS + 9;
        for (int i = 0; i < snapshots; i++) {
            IntStream.range(0, 1 + random.nextInt(40))
                    .forEach(n -> pages.write(1 + random.nextInt(3000), random.nextInt()));
            long before = TestRepositories.bytes(root);
            manifests.add(save(manifests.isEmpty() ? null : manifests.getLast(), pages));
            copies.add(pages.copy());
            assertThat(manifests.getLast().newBytes()).isEqualTo(TestRepositories.bytes(root) - before);
        }

        for (int i = 0; i < snapshots; i += 6) {
            assertHas(manifests.get(i), copies.get(i));
        }
        assertThat(manifests.getLast().layers()).hasSizeGreaterThan(5);
        TestRepositories.sweep(repository);
        manifests
                .subList(0, snapshots - 1)
                .forEach(manifest -> TestRepositories.delete(repository, DATABASE, manifest.id()));
        assertHas(manifests.getLast(), pages);
        assertThat(TestRepositories.bytes(root)).isEqualTo(manifests.getLast().storedBytes());
    }

    /** Each with a layer more than the one before. */
    private List<Manifest> saveSeveral(int snapshots) {
        var manifests = new ArrayList<Manifest>();
        for (int i = 0; i < snapshots; i++) {
            pages.write(1 + i * 7, 100 + i);
            manifests.add(save(manifests.isEmpty() ? null : manifests.getLast(), pages));
        }
        return manifests;
    }

    @Test
    void publishWhenTwoLayersWereAddedMergesEnough() throws IOException {
        var manifest = save(null, pages);
        for (int i = 0; i < Manifest.MAX_LAYERS / 2 + 4; i++) {
            var first = pages.copy();
            first.write(1 + i * 7, 100 + i);
            pages.write(1 + i * 7, 200 + i);
            pages.write(3 + i * 7, 300 + i);
            manifest = save(manifest, first, pages);
        }

        assertHas(manifest, pages);
    }

    /** A manifest of layers of our own making, and what merging them gives. */
    private Manifest merged(int pageCount, PageArrays... states) throws IOException {
        Manifest manifest = null;
        for (var state : states) {
            manifest = save(manifest, state);
        }
        var layers = LayerReader.openAll(vault, IndexCache.none(), manifest);
        try (var unpublished = Merge.run(
                        layers,
                        new LayerHeader(DATABASE, UUID.randomUUID(), PAGE_SIZE),
                        pageCount,
                        vault,
                        PageProgress.NONE)
                .orElseThrow()) {
            TestRepositories.sweep(repository);
            unpublished
                    .object()
                    .put(ObjectKeys.layer(DATABASE, unpublished.layer().id()));
            return new Manifest(
                    manifest.id(),
                    DATABASE,
                    "orders",
                    manifest.createdAt(),
                    null,
                    null,
                    PAGE_SIZE,
                    pageCount,
                    List.of(unpublished.layer()),
                    manifest.treeDigest(),
                    null,
                    1,
                    1,
                    manifest.labels(),
                    manifest.capture());
        } finally {
            layers.forEach(LayerReader::close);
        }
    }

    private List<BlockEntry> blocks(Manifest manifest) {
        var layer = LayerReader.openAll(vault, IndexCache.none(), manifest).getFirst();
        try (layer) {
            return IntStream.range(0, layer.blocks().blocks())
                    .mapToObj(layer.blocks()::get)
                    .toList();
        }
    }

    @Test
    void mergeWhenABlockIsAloneCopiesItAsItIsStored() throws IOException {
        var before = pages.copy();
        pages.write(1500, 2);

        var merged = merged(3000, before, pages);

        assertHas(merged, pages);
        var stored = blocks(save(null, before));
        assertThat(blocks(merged)).hasSize(3);
        assertCopied(blocks(merged).get(0), stored.get(0));
        assertThat(blocks(merged).get(1).checksum()).isNotEqualTo(stored.get(1).checksum());
        assertCopied(blocks(merged).get(2), stored.get(2));
    }

    @Test
    void mergeWhenABlockSupersedesAllOfOlderOnesCopiesIt() throws IOException {
        var before = pages.copy();
        IntStream.rangeClosed(1, BLOCK_PAGES).forEach(page -> pages.write(page, 2));
        var changed = pages.copy();
        IntStream.rangeClosed(1, BLOCK_PAGES).forEach(page -> pages.write(page, 3));

        var merged = merged(3000, before, changed, pages);

        assertHas(merged, pages);
        assertCopied(blocks(merged).get(0), blocks(save(null, pages)).get(0));
    }

    /** In another layer the same block is sealed otherwise: no two have the same key. */
    private void assertCopied(BlockEntry copy, BlockEntry block) {
        assertThat(copy.storedBytes()).isEqualTo(block.storedBytes());
        assertThat(copy.checksum().equals(block.checksum())).isEqualTo(sealing == Sealing.PLAIN);
    }

    @Test
    void mergeWhenBlocksAreSmallPacksThemTogether() throws IOException {
        var states = new ArrayList<PageArrays>();
        pages.resize(1, 1);
        for (int i = 1; i <= 10; i++) {
            pages.resize(i * 10, i);
            states.add(pages.copy());
        }

        var merged = merged(100, states.toArray(PageArrays[]::new));

        assertHas(merged, pages);
        assertThat(blocks(merged)).hasSize(1);
    }

    @Test
    void mergeWhenTheDatabaseShrankLeavesOutWhatIsBehindItsEnd() throws IOException {
        var before = pages.copy();
        pages.write(2, 2);
        pages.resize(1500, 2);

        var merged = merged(1500, before, pages);

        assertHas(merged, pages);
        assertThat(merged.layers().getFirst().pages()).isEqualTo(1500);
    }

    @Test
    void mergeWhenNoPageIsLeftGivesNoLayer() {
        var parent = save(null, pages);
        pages.resize(4000, 2);
        var layers = LayerReader.openAll(vault, IndexCache.none(), save(parent, pages));

        assertThat(Merge.run(
                        layers.subList(1, 2),
                        new LayerHeader(DATABASE, UUID.randomUUID(), PAGE_SIZE),
                        3000,
                        vault,
                        PageProgress.NONE))
                .isEmpty();

        layers.forEach(LayerReader::close);
    }

    @Test
    void publishWhenALayerToMergeIsDamagedSaysWhichAndPublishesNothing() throws IOException {
        Manifest manifest = save(null, pages);
        for (int i = 1; i < Manifest.MAX_LAYERS; i++) {
            pages.write(i * 40, 2);
            manifest = save(manifest, pages);
        }
        var newest = manifest;
        var damaged = manifest.layers().get(7).id();
        var file = root.resolve("layers/%s/%s".formatted(DATABASE, damaged));
        var bytes = Files.readAllBytes(file);
        bytes[LayerHeader.SIZE + 10] ^= 1;
        Files.write(file, bytes);
        long before = TestRepositories.bytes(root);
        pages.write(1, 2);

        assertThatThrownBy(() -> save(newest, pages)).isInstanceOfSatisfying(SnapshotDamagedException.class, e -> {
            assertThat(e.snapshotId()).isEqualTo(newest.id());
            assertThat(e.layerId()).isEqualTo(damaged);
        });

        assertThat(TestRepositories.bytes(root)).isEqualTo(before);
        assertHas(save(null, pages), pages);
    }

    @Test
    void manifestWhenItNamesAsManyLayersAsItMayIsSmall() {
        Manifest manifest = save(null, pages);
        for (int i = 1; i < Manifest.MAX_LAYERS; i++) {
            pages.write(i * 40, 2);
            manifest = save(manifest, pages);
        }

        assertThat(manifest.layers()).hasSize(Manifest.MAX_LAYERS);
        assertThat(save(manifest, pages).newBytes()).isLessThan(16 << 10);
    }
}
