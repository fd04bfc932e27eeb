package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.BlockEntry;
import dev.afterimage.repository.format.LayerFooter;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.read.SnapshotFile;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots that store only what their parent does not have. */
@ParameterizedClass
@EnumSource(Sealing.class)
class IncrementTests {

    @Parameter
    Sealing sealing;

    private static final UUID DATABASE = NewSnapshots.DATABASE;
    private static final int PAGE_SIZE = 1024;

    @TempDir
    Path directory;

    private Repository repository;
    private final PageArrays pages = PageArrays.of(PAGE_SIZE, 3000, 1);

    @BeforeEach
    void create() {
        repository = sealing.on(new LocalStorage(directory.resolve("repository"), 0));
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
        assertThat(TestRepositories.content(repository, manifest)).isEqualTo(expected.bytes());
        var file = directory.resolve(UUID.randomUUID().toString());
        try (var reader = repository.open(manifest)) {
            SnapshotFile.passing(file).prove(reader, PageProgress.NONE);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(expected.bytes());
        assertThat(manifest).isEqualTo(repository.find(DATABASE, manifest.id()).orElseThrow());
    }

    private static List<Long> pagesOf(Manifest manifest) {
        return manifest.layers().stream().map(LayerRef::pages).toList();
    }

    @Test
    void addWhenSomePagesChangedStoresOnlyThese() throws IOException {
        var parent = save(null, pages);
        var before = pages.copy();
        for (int page : new int[] {1, 2, 700, 701, 1024, 1025, 2999, 3000}) {
            pages.write(page, 2);
        }

        var child = save(parent, pages);

        assertThat(pagesOf(child)).containsExactly(3000L, 8L);
        assertThat(child.layers().getFirst()).isEqualTo(parent.layers().getFirst());
        assertThat(child.newBytes()).isLessThan(16 * PAGE_SIZE);
        assertThat(TestRepositories.bytes(directory.resolve("repository")))
                .isEqualTo(parent.newBytes() + child.newBytes());
        assertHas(child, pages);
        assertHas(parent, before);
    }

    @Test
    void addWhenMorePagesChangedThanABlockHoldsPacksThemInBlocks() throws IOException {
        var parent = save(null, pages);
        for (int page = 1; page <= 3000; page += 2) {
            pages.write(page, 2);
        }

        var child = save(parent, pages);

        assertThat(pagesOf(child)).containsExactly(3000L, 1500L);
        assertHas(child, pages);
    }

    @Test
    void addWhenNothingChangedStoresNoLayer() throws IOException {
        var parent = save(null, pages);

        var child = save(parent, pages);

        assertThat(child.layers()).isEqualTo(parent.layers());
        assertThat(child.treeDigest()).isEqualTo(parent.treeDigest());
        assertThat(child.newBytes()).isLessThan(2048);
        assertHas(child, pages);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 999, 1024, 2999, 3001, 4096, 9000})
    void addWhenTheDatabaseHasAnotherSizeIsRight(int pageCount) throws IOException {
        var parent = save(null, pages);
        pages.resize(pageCount, 2);

        var child = save(parent, pages);

        assertThat(child.pageCount()).isEqualTo(pageCount);
        assertThat(pagesOf(child)).isEqualTo(pageCount > 3000 ? List.of(3000L, pageCount - 3000L) : List.of(3000L));
        assertHas(child, pages);
    }

    @Test
    void addWhenItShrankAndGrewAgainIsRight() throws IOException {
        var all = save(null, pages);
        var again = pages.copy();
        pages.resize(100, 1);
        var shrunk = save(all, pages);
        pages.resize(2000, 2);
        var grown = save(shrunk, pages);

        assertHas(grown, pages);
        assertHas(save(shrunk, again), again);
        assertHas(save(grown, again), again);
    }

    @Test
    void addWhenPagesHaveEarlierContentAgainIsRight() throws IOException {
        var first = pages.copy();
        var parent = save(null, pages);
        pages.write(7, 2);
        var second = save(parent, pages);

        var third = save(second, first);

        assertThat(pagesOf(third)).containsExactly(3000L, 1L, 1L);
        assertHas(third, first);
        var fourth = save(third, pages);
        assertThat(pagesOf(fourth)).containsExactly(3000L, 1L, 1L, 1L);
        assertHas(fourth, pages);
    }

    @Test
    void addWhenThePageSizeIsAnotherStoresAll() throws IOException {
        var parent = save(null, pages);
        var other = PageArrays.of(4096, 700, 3);

        var child = save(parent, other);

        assertThat(pagesOf(child)).containsExactly(700L);
        assertHas(child, other);
        assertHas(save(parent, pages, other, pages), pages);
    }

    @Test
    void addWhenCalledAgainStoresOnlyWhatChangedSince() throws IOException {
        var parent = save(null, pages);
        var first = pages.copy();
        for (int page = 1000; page < 1100; page++) {
            first.write(page, 2);
        }
        var second = first.copy();
        second.write(1050, 3);
        second.write(2000, 3);
        second.resize(2500, 3);

        var child = save(parent, first, second);

        assertThat(pagesOf(child)).containsExactly(3000L, 100L, 2L);
        assertHas(child, second);
        assertHas(save(parent, second, second), second);
        assertHas(save(null, first, second), second);
    }

    @Test
    void addWhenGivenAFileMakesItsSha256Known() throws IOException {
        var parent = save(null, pages);
        pages.write(5, 2);
        try (var writer = repository.begin(DATABASE, parent)) {
            writer.add(pages.toFile(directory.resolve("a.db")), PageProgress.NONE);

            var child = writer.publish(NewSnapshots.any());

            assertThat(child.sha256()).isEqualTo(Sha256.hexOf(pages.bytes()));
            assertHas(child, pages);
            assertThat(save(child, pages).sha256()).isEqualTo(child.sha256());
            pages.write(5, 3);
            assertThat(save(child, pages).sha256()).isNull();
        }
    }

    @Test
    void publishWhenNothingWasAddedHasThePagesOfTheParent() throws IOException {
        var parent = repository.save(pages.toFile(directory.resolve("a.db")), NewSnapshots.any(), PageProgress.NONE);

        var child = save(parent);

        assertThat(child.layers()).isEqualTo(parent.layers());
        assertThat(child.treeDigest()).isEqualTo(parent.treeDigest());
        assertThat(child.sha256()).isEqualTo(parent.sha256()).isNotNull();
        assertHas(child, pages);
        assertThatThrownBy(() -> save(null)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void deleteWhenLayersAreSharedFreesWhatNoOtherSnapshotNames() throws IOException {
        var first = save(null, pages);
        pages.write(1, 2);
        var second = save(first, pages);
        pages.write(2, 3);
        var third = save(second, pages);

        TestRepositories.delete(repository, DATABASE, second.id());

        assertHas(third, pages);
        TestRepositories.delete(repository, DATABASE, third.id());
        assertThat(repository.layers(DATABASE))
                .extracting(Layers.Stored::id)
                .containsExactly(first.layers().getFirst().id());
        TestRepositories.delete(repository, DATABASE, first.id());
        assertThat(repository.layers(DATABASE)).isEmpty();
    }

    @Test
    void deleteWhenAWriterReliesOnTheLayersLeavesThem() throws IOException {
        var parent = save(null, pages);
        var unneeded = save(null, PageArrays.of(PAGE_SIZE, 10, 9));
        try (var writer = repository.begin(DATABASE, parent)) {
            TestRepositories.delete(repository, DATABASE, parent.id());
            TestRepositories.delete(repository, DATABASE, unneeded.id());
            TestRepositories.sweep(repository);
            pages.write(3, 2);
            writer.add(pages, PageProgress.NONE);
            TestRepositories.sweep(repository);

            var child = writer.publish(NewSnapshots.any());

            TestRepositories.sweep(repository);
            assertHas(child, pages);
            assertThat(repository.layers(DATABASE)).hasSize(2);
        }
    }

    @Test
    void closeWhenUnpublishedLetsTheLayersOfADeletedParentGo() throws IOException {
        var parent = save(null, pages);
        var writer = repository.begin(DATABASE, parent);
        TestRepositories.delete(repository, DATABASE, parent.id());
        writer.add(PageArrays.of(PAGE_SIZE, 10, 9), PageProgress.NONE);
        writer.close();

        assertThat(repository.layers(DATABASE)).hasSize(1);
        var layers = parent.layers().stream().map(LayerRef::id).toList();
        repository.settle(DATABASE, layers, layers);

        assertThat(TestRepositories.bytes(directory.resolve("repository"))).isZero();
    }

    @Test
    void beginWhenTheParentIsGoneSaysSo() {
        var parent = save(null, pages);
        TestRepositories.delete(repository, DATABASE, parent.id());

        assertThatThrownBy(() -> repository.begin(DATABASE, parent)).isInstanceOf(SnapshotGoneException.class);
    }

    @Test
    void readAgainWhenANewerPageListIsDamagedNeverGivesOldPages() throws IOException {
        var parent = save(null, pages);
        pages.write(3, 2);
        pages.write(4, 2);
        var child = save(parent, pages);
        var layer = directory.resolve("repository/layers/%s/%s"
                .formatted(DATABASE, child.layers().getLast().id()));
        var bytes = Files.readAllBytes(layer);
        int inPageList = bytes.length - LayerFooter.SIZE - ShortDigest.SIZE - BlockEntry.SIZE - 1;
        bytes[inPageList] ^= 1;
        Files.write(layer, bytes);

        try (var reader = repository.open(child)) {
            for (int attempt = 0; attempt < 3; attempt++) {
                assertThatThrownBy(() -> reader.position(0).read(ByteBuffer.allocate(8 * PAGE_SIZE)))
                        .isInstanceOf(SnapshotDamagedException.class);
                assertThatThrownBy(() -> reader.pageDigest(3)).isInstanceOf(SnapshotDamagedException.class);
            }
        }
    }
}
