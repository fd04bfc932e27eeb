package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.Torture;
import dev.afterimage.bytes.Sha256;
import dev.afterimage.repository.format.BlockEntry;
import dev.afterimage.repository.format.LayerFooter;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.PageRange;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.repository.read.LayerReader;
import dev.afterimage.repository.read.Salvaged;
import dev.afterimage.repository.read.UnwritableFileException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is made of damaged snapshots: never a page that the snapshot did not have. */
@ParameterizedClass
@EnumSource(Sealing.class)
class SalvageTests {

    @Parameter
    Sealing sealing;

    private static final UUID DATABASE = NewSnapshots.DATABASE;
    private static final int PAGE_SIZE = 4096;
    private static final int PAGES = 700;

    /** Pages in a full block. */
    private static final int BLOCK = 256;

    @TempDir
    Path directory;

    private LocalStorage storage;
    private Repository repository;
    private final PageArrays pages = PageArrays.of(PAGE_SIZE, PAGES, 1);

    @BeforeEach
    void create() {
        storage = new LocalStorage(directory.resolve("repository"), 0);
        repository = sealing.on(storage);
    }

    private Manifest save(@Nullable Manifest parent) {
        try (var writer = repository.begin(DATABASE, parent)) {
            writer.add(pages, PageProgress.NONE);
            return writer.publish(NewSnapshots.any());
        }
    }

    /** Writes pages of the live database anew, and takes a snapshot on top of the parent. */
    private Manifest change(Manifest parent, int... changed) {
        Arrays.stream(changed).forEach(page -> pages.write(page, parent.layers().size() + 1));
        return save(parent);
    }

    private Path layer(Manifest manifest, int number) {
        return directory.resolve("repository/layers/%s/%s"
                .formatted(DATABASE, manifest.layers().get(number).id()));
    }

    private Path file(int attempt) {
        return directory.resolve("salvaged-" + attempt);
    }

    /** Salvages, and compares each page with the snapshot's, or with zeros where it is told to be lost. */
    private Salvaged salvage(Manifest manifest, byte[] content) throws IOException {
        var file = directory.resolve("salvaged-" + UUID.randomUUID());
        var salvaged = repository.salvage(DATABASE, manifest.id(), file, PageProgress.NONE);
        var expected = content.clone();
        for (var range : salvaged.lostPages()) {
            Arrays.fill(expected, (int) (range.first() - 1) * PAGE_SIZE, (int) range.last() * PAGE_SIZE, (byte) 0);
        }
        var bytes = Files.readAllBytes(file);
        assertThat(bytes.length).isEqualTo(content.length);
        assertThat(Arrays.mismatch(bytes, expected))
                .as("first byte that is wrong; lost are %s", salvaged.lostPages())
                .isEqualTo(-1);
        assertThat(salvaged.sha256())
                .isEqualTo(Arrays.equals(bytes, content) && salvaged.sha256() != null ? Sha256.hexOf(content) : null);
        Files.delete(file);
        return salvaged;
    }

    private static void flip(Path file, long offset) throws IOException {
        var bytes = Files.readAllBytes(file);
        bytes[(int) offset] ^= 1;
        Files.write(file, bytes);
    }

    /** Where a block of a layer lies. */
    private BlockEntry block(Manifest manifest, int layer, int block) {
        try (var reader = LayerReader.open(
                sealing.vault(storage),
                IndexCache.none(),
                manifest,
                manifest.layers().get(layer))) {
            return reader.blocks().get(block);
        }
    }

    private void flipBlock(Manifest manifest, int layer, int block) throws IOException {
        flip(layer(manifest, layer), block(manifest, layer, block).offset() + 5);
    }

    private void flipPageList(Manifest manifest, int layer, int block) throws IOException {
        var file = layer(manifest, layer);
        var bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        var footer = LayerFooter.parse(bytes.slice(bytes.limit() - LayerFooter.SIZE, LayerFooter.SIZE));
        long offset = footer.pageListsOffset();
        for (int i = 0; i < block; i++) {
            offset += block(manifest, layer, i).pageListBytes();
        }
        flip(file, offset);
    }

    @Test
    void salvageWhenNothingIsDamagedIsTheSnapshot() throws IOException {
        var manifest = change(save(null), 3, 500);

        var salvaged = salvage(manifest, pages.bytes());

        assertThat(salvaged.lostPages()).isEmpty();
        assertThat(salvaged.damage()).isEmpty();
        assertThat(salvaged.sha256()).isEqualTo(Sha256.hexOf(pages.bytes()));
        assertThat(salvaged.summary()).isEqualTo("Nothing is lost.");
    }

    @Test
    void salvageWhenABlockIsDamagedLosesThePagesForWhichItIsNeeded() throws IOException {
        var manifest = change(save(null), BLOCK + 1, BLOCK + 7, BLOCK + 8, 2 * BLOCK);
        flipBlock(manifest, 0, 1);

        var salvaged = salvage(manifest, pages.bytes());

        assertThat(salvaged.lostPages())
                .containsExactly(new PageRange(BLOCK + 2, BLOCK + 6), new PageRange(BLOCK + 9, 2 * BLOCK - 1));
        assertThat(salvaged.lostPageCount()).isEqualTo(BLOCK - 4);
        assertThat(salvaged.lostFirstPage()).isFalse();
        assertThat(salvaged.sha256()).isNull();
        assertThat(salvaged.damage())
                .singleElement()
                .asString()
                .contains(manifest.layers().getFirst().id().toString(), "block 1");
        assertThat(salvaged.summary())
                .contains("252 of 700 pages are lost", "258-262, 265-511")
                .doesNotContain("SQLite");
    }

    @Test
    void salvageWhenABlockOfANewerLayerIsDamagedNeverGivesTheOlderPages() throws IOException {
        var manifest = change(save(null), 3, 4, 600);
        flipBlock(manifest, 1, 0);

        assertThat(salvage(manifest, pages.bytes()).lostPages())
                .containsExactly(new PageRange(3, 4), new PageRange(600, 600));
    }

    @Test
    void salvageWhenTheFirstPageIsLostSaysSo() throws IOException {
        var manifest = save(null);
        flipBlock(manifest, 0, 0);

        var salvaged = salvage(manifest, pages.bytes());

        assertThat(salvaged.lostPages()).containsExactly(new PageRange(1, BLOCK));
        assertThat(salvaged.lostFirstPage()).isTrue();
        assertThat(salvaged.summary()).contains("SQLite cannot open the file");
    }

    @Test
    void salvageWhenThePageListOfABlockWithoutGapsIsDamagedLosesNothing() throws IOException {
        var manifest = change(save(null), 3, 4, 600);
        flipPageList(manifest, 0, 1);

        var salvaged = salvage(manifest, pages.bytes());

        assertThat(salvaged.lostPages()).isEmpty();
        assertThat(salvaged.damage()).singleElement().asString().contains("page list of block 1");
        assertThat(salvaged.sha256()).isNull();
        assertThat(salvaged.summary()).startsWith("Nothing is lost, though layer");
    }

    @Test
    void salvageWhenThePageListOfABlockWithGapsIsDamagedLosesAllBetweenItsPagesThatIsNotNewer() throws IOException {
        var second = change(save(null), 300, 310, 400);
        var manifest = change(second, 305, 600);
        flipPageList(manifest, 1, 0);

        assertThat(salvage(manifest, pages.bytes()).lostPages())
                .containsExactly(new PageRange(300, 304), new PageRange(306, 400));
    }

    @Test
    void salvageWhenTheOldestLayerIsMissingHasThePagesOfTheNewerOnes() throws IOException {
        var manifest = change(change(save(null), 1, 300, 700), 2, 300);
        Files.delete(layer(manifest, 0));

        var salvaged = salvage(manifest, pages.bytes());

        assertThat(salvaged.lostPages()).containsExactly(new PageRange(3, 299), new PageRange(301, 699));
        assertThat(salvaged.damage()).anySatisfy(found -> assertThat(found).contains("it is missing"));
    }

    /** Nobody knows which pages the missing layer had, so none of an older layer is proven. */
    @Test
    void salvageWhenALayerInBetweenIsMissingHasOnlyThePagesOfTheNewerOnes() throws IOException {
        var manifest = change(change(save(null), 1, 300), 2, 5);
        Files.delete(layer(manifest, 1));

        assertThat(salvage(manifest, pages.bytes()).lostPages())
                .containsExactly(new PageRange(1, 1), new PageRange(3, 4), new PageRange(6, PAGES));
    }

    @Test
    void salvageWhenAMissingLayerIsNotNeededIsTheSnapshot() throws IOException {
        var manifest = change(change(change(save(null), 1, 300), 5, 300), 1, 5, 300);
        Files.delete(layer(manifest, 1));
        flip(layer(manifest, 2), manifest.layers().get(2).bytes() - 3);

        var salvaged = salvage(manifest, pages.bytes());

        assertThat(salvaged.lostPages()).isEmpty();
        assertThat(salvaged.sha256()).isEqualTo(Sha256.hexOf(pages.bytes()));
        assertThat(salvaged.damage()).hasSize(2);
    }

    @Test
    void salvageWhenTheNewestLayerIsMissingRefusesSinceNoPageIsProven() throws IOException {
        var manifest = change(save(null), 1);
        Files.delete(layer(manifest, 1));

        assertThatThrownBy(() -> repository.salvage(DATABASE, manifest.id(), file(1), PageProgress.NONE))
                .isInstanceOf(SnapshotDamagedException.class)
                .hasMessageContaining("none of its pages can be proven")
                .hasMessageContaining(manifest.layers().getLast().id().toString());
    }

    @Test
    void salvageWhenALayerIsCutOrLongerOrOfAnotherDatabaseCountsItAsMissing() throws IOException {
        var manifest = change(change(save(null), 1, 300), 2);
        var file = layer(manifest, 0);
        var bytes = Files.readAllBytes(file);
        for (var instead : List.of(
                Arrays.copyOf(bytes, bytes.length - 1),
                Arrays.copyOf(bytes, bytes.length + 1),
                new byte[0],
                Files.readAllBytes(layer(manifest, 1)))) {
            Files.write(file, instead);

            assertThat(salvage(manifest, pages.bytes()).lostPages())
                    .containsExactly(new PageRange(3, 299), new PageRange(301, PAGES));
        }
    }

    /** As a layer on a disk with a bad sector cannot be. */
    @Test
    void salvageWhenALayerCannotBeReadCountsItAsMissing() throws IOException {
        var manifest = change(save(null), 1, 300);
        var file = layer(manifest, 0);
        Files.delete(file);
        Files.createSymbolicLink(file, file.getFileName()); // leads to itself

        var salvaged = salvage(manifest, pages.bytes());

        assertThat(salvaged.lostPages()).containsExactly(new PageRange(2, 299), new PageRange(301, PAGES));
    }

    @Test
    void salvageWhenTheManifestIsDamagedOrGoneRefuses() throws IOException {
        var manifest = save(null);
        var file = directory.resolve("repository/manifests/%s/%s.json".formatted(DATABASE, manifest.id()));
        flip(file, 100);
        assertThatThrownBy(() -> repository.salvage(DATABASE, manifest.id(), file(1), PageProgress.NONE))
                .isInstanceOf(SnapshotDamagedException.class);
        Files.delete(file);
        assertThatThrownBy(() -> repository.salvage(DATABASE, manifest.id(), file(1), PageProgress.NONE))
                .isInstanceOf(SnapshotGoneException.class);
        assertThat(file(1)).doesNotExist();
    }

    @Test
    void salvageWhenTheSnapshotIsDeletedMeanwhileSaysSo() throws IOException {
        var manifest = change(save(null), 1, 300);
        Files.delete(layer(manifest, 0));

        assertThatThrownBy(() -> repository.salvage(
                        DATABASE,
                        manifest.id(),
                        file(1),
                        (done, total) -> TestRepositories.delete(repository, DATABASE, manifest.id())))
                .isInstanceOf(SnapshotGoneException.class);
    }

    @Test
    void salvageWhenTheFileExistsRefusesAndLeavesIt() throws IOException {
        var manifest = save(null);
        Files.writeString(file(1), "mine");

        assertThatThrownBy(() -> repository.salvage(DATABASE, manifest.id(), file(1), PageProgress.NONE))
                .isInstanceOf(UnwritableFileException.class);
        assertThat(file(1)).hasContent("mine");
    }

    @Test
    void salvageTellsProgressAndCanBeStopped() throws IOException {
        var manifest = save(null);
        flipBlock(manifest, 0, 1);
        var done = new ArrayList<Long>();

        repository.salvage(DATABASE, manifest.id(), file(1), (written, total) -> done.add(written));

        assertThat(done).contains(0L, (long) BLOCK).endsWith((long) PAGES);
        assertThatThrownBy(() -> repository.salvage(DATABASE, manifest.id(), file(2), (written, total) -> {
                    throw new CancellationException();
                }))
                .isInstanceOf(CancellationException.class);
    }

    /** Any damage of any number of objects: a page is the snapshot's, or it is told to be lost. */
    @Test
    void salvageWhateverIsDamagedNeverGivesAWrongPage() throws IOException {
        long seed = Torture.SEED;
        var random = new Random(seed);
        var manifest = save(null);
        for (int i = 0; i < 6; i++) {
            manifest = change(
                    manifest, random.ints(1 + random.nextInt(60), 1, PAGES + 1).toArray());
        }
        var content = pages.bytes();
        int whole = 0;
        int partly = 0;
        for (int i = 0; i < 20; i++) {
            var damaged = new Random(seed + i);
            var before = new ArrayList<byte[]>();
            for (int number = 0; number < manifest.layers().size(); number++) {
                before.add(Files.readAllBytes(layer(manifest, number)));
                if (i > 0 && damaged.nextInt(3) == 0) { // the first time nothing is
                    flip(layer(manifest, number), damaged.nextInt(before.get(number).length));
                }
            }
            try {
                if (salvage(manifest, content).lostPages().isEmpty()) {
                    whole++;
                } else {
                    partly++;
                }
            } catch (SnapshotDamagedException e) {
                assertThat(e).hasMessageContaining("none of its pages");
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ", attempt " + i, e);
            }
            for (int number = 0; number < before.size(); number++) {
                Files.write(layer(manifest, number), before.get(number));
            }
        }
        assertThat(whole).as("seed " + seed).isPositive();
        assertThat(partly).as("seed " + seed).isPositive();
    }
}
