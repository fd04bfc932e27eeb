package dev.afterimage.repository;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.fail;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.repository.format.LayerFooter;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.objects.ManifestListing;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.repository.read.PageTarget;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever happens to an object on the storage: a reader tells, and never gives out a byte that was not saved. */
@ParameterizedClass
@EnumSource(Sealing.class)
class DamageTests {

    @Parameter
    Sealing sealing;

    private static final UUID DATABASE = NewSnapshots.DATABASE;
    private static final int PAGE_SIZE = 1024;
    private static final int PAGES = 1500;

    @TempDir
    Path directory;

    private LocalStorage storage;
    private Repository repository;
    private byte[] content;
    private Manifest manifest;
    private Path layerFile;
    private Path manifestFile;

    @BeforeEach
    void saveOne() throws IOException {
        storage = new LocalStorage(directory.resolve("repository"), 0);
        repository = sealing.on(storage);
        var file = DatabaseFiles.write(directory.resolve("a.db"), PAGE_SIZE, PAGES, 1);
        content = Files.readAllBytes(file);
        manifest = repository.save(file, NewSnapshots.any(), PageProgress.NONE);
        layerFile = layerFile(manifest);
        manifestFile = manifestFile(manifest);
    }

    private Path layerFile(Manifest manifest) {
        return directory.resolve("repository/layers/%s/%s"
                .formatted(DATABASE, manifest.layers().getFirst().id()));
    }

    private Path manifestFile(Manifest manifest) {
        return directory.resolve("repository/manifests/%s/%s.json".formatted(DATABASE, manifest.id()));
    }

    private Manifest saveAnother() throws IOException {
        var file = DatabaseFiles.write(directory.resolve("b.db"), PAGE_SIZE, PAGES, 2);
        return repository.save(file, NewSnapshots.any(), PageProgress.NONE);
    }

    /** Reads all there is to read; what was given out before the damage was seen must be right. */
    private void readAll() throws IOException {
        var found = repository.find(DATABASE, manifest.id()).orElseThrow(() -> new AssertionError("not found"));
        try (var reader = repository.open(found)) {
            var buffer = ByteBuffer.allocate(10_000);
            for (int position = 0; reader.read(buffer.clear()) > 0; position += buffer.limit()) {
                buffer.flip();
                assertThat(buffer).isEqualTo(ByteBuffer.wrap(content).slice(position, buffer.limit()));
            }
            reader.proveTo(PageTarget.NOWHERE, PageProgress.NONE);
        }
    }

    private void assertDamageIsNoticed(String what) throws IOException {
        try {
            readAll();
        } catch (SnapshotDamagedException e) {
            assertThat(e.code()).isEqualTo(ProblemCode.SNAPSHOT_DAMAGED);
            assertThat(e.snapshotId()).isEqualTo(manifest.id());
            assertThat(e.found()).isNotBlank();
            return;
        }
        fail("Not noticed: " + what);
    }

    private void flip(Path file, long offset, int bit) throws IOException {
        try (var open =
                new RandomAccessFile(file.toFile(), "rw")) { // a file written anew would go to the disk each time
            open.seek(offset);
            int before = open.read();
            open.seek(offset);
            open.write(before ^ 1 << bit);
        }
    }

    private void assertFlipsAreNoticed(Path file, long from, long to, int step) throws IOException {
        var random = new Random(7);
        for (long offset = from; offset < to; offset += step) {
            int bit = random.nextInt(8);
            flip(file, offset, bit);
            assertDamageIsNoticed("bit %d of byte %d of %s".formatted(bit, offset, file));
            flip(file, offset, bit);
        }
        readAll();
    }

    @Test
    void conditionWhenAnyByteOfTheHeaderIsFlippedTells() throws IOException {
        var named = new Layers.Named(
                DATABASE, manifest.pageSize(), manifest.layers().getFirst());
        for (long offset = 0; offset < LayerHeader.SIZE; offset++) {
            flip(layerFile, offset, 5);
            assertThat(repository.condition(named, bytes -> {})).isInstanceOf(ObjectCondition.Damaged.class);
            flip(layerFile, offset, 5);
        }
        assertThat(repository.condition(named, bytes -> {})).isEqualTo(ObjectCondition.WHOLE);
    }

    @Test
    void readWhenABitOfABlockIsFlippedTells() throws IOException {
        assertFlipsAreNoticed(layerFile, LayerHeader.SIZE, footer().pageListsOffset(), 12_347);
    }

    @Test
    void readWhenABitOfAPageListIsFlippedTells() throws IOException {
        assertFlipsAreNoticed(layerFile, footer().pageListsOffset(), footer().blockTableOffset(), 631);
    }

    @Test
    void readWhenAnyByteOfTheBlockTableOrFooterIsFlippedTells() throws IOException {
        assertFlipsAreNoticed(layerFile, footer().blockTableOffset(), Files.size(layerFile), 1);
    }

    @Test
    void readWhenAnyByteOfTheManifestIsFlippedTells() throws IOException {
        for (int bit : new int[] {0, 5}) { // another digit, another case
            for (long offset = 0; offset < Files.size(manifestFile); offset++) {
                flip(manifestFile, offset, bit);
                assertDamageIsNoticed("bit %d of byte %d of the manifest".formatted(bit, offset));
                flip(manifestFile, offset, bit);
            }
        }
        readAll();
    }

    private LayerFooter footer() throws IOException {
        var bytes = Files.readAllBytes(layerFile);
        return LayerFooter.parse(ByteBuffer.wrap(bytes).slice(bytes.length - LayerFooter.SIZE, LayerFooter.SIZE));
    }

    @Test
    void readWhenTruncatedAnywhereTells() throws IOException {
        for (var file : new Path[] {layerFile, manifestFile}) {
            var bytes = Files.readAllBytes(file);
            for (int length : new int[] {0, 1, 63, 64, 100, bytes.length / 2, bytes.length - 64, bytes.length - 1}) {
                Files.write(file, java.util.Arrays.copyOf(bytes, length));
                assertDamageIsNoticed("%s cut at %d".formatted(file, length));
            }
            Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length + 1));
            assertDamageIsNoticed(file + " with a byte more");
            Files.write(file, bytes);
        }
        readAll();
    }

    @Test
    void readWhenTheLayerIsTruncatedAfterOpeningTells() throws IOException {
        try (var reader = repository.open(manifest);
                var channel = Files.newByteChannel(layerFile, java.nio.file.StandardOpenOption.WRITE)) {
            channel.truncate(1000);

            assertThatThrownBy(() -> reader.read(ByteBuffer.allocate(100)))
                    .isInstanceOf(SnapshotDamagedException.class);
            // And again: what is in the cache must not be served after a failure.
            assertThatThrownBy(() -> reader.read(ByteBuffer.allocate(100)))
                    .isInstanceOf(SnapshotDamagedException.class);
        }
    }

    @Test
    void readWhenTheLayerIsMissingTellsItsName() throws IOException {
        Files.delete(layerFile);

        assertThatThrownBy(() -> repository.open(manifest))
                .isInstanceOfSatisfying(SnapshotDamagedException.class, e -> {
                    assertThat(e.layerId()).hasToString(layerFile.getFileName().toString());
                    assertThat(e.problem().properties())
                            .containsEntry("snapshotId", manifest.id().toString())
                            .containsEntry("found", "it is missing");
                });
    }

    @Test
    void readWhenTwoLayersAreSwappedTells() throws IOException {
        swap(layerFile, layerFile(saveAnother()));

        assertDamageIsNoticed("layers swapped");
    }

    @Test
    void readWhenTwoManifestsAreSwappedTells() throws IOException {
        swap(manifestFile, manifestFile(saveAnother()));

        assertDamageIsNoticed("manifests swapped");
    }

    @Test
    void readWhenTheManifestIsOfAnotherDatabaseTells() throws IOException {
        var other = UUID.randomUUID();
        var folder = Files.createDirectories(directory.resolve("repository/manifests/" + other));
        Files.copy(manifestFile, folder.resolve(manifest.id() + ".json"));

        assertThatThrownBy(() -> repository.find(other, manifest.id())).isInstanceOf(SnapshotDamagedException.class);
    }

    @Test
    void readWhenTwoBlocksAreSwappedTells() throws IOException {
        var bytes = Files.readAllBytes(layerFile);
        int middle = (int) footer().pageListsOffset() / 2;
        var swapped = bytes.clone();
        System.arraycopy(bytes, 64, swapped, middle, 1000);
        System.arraycopy(bytes, middle, swapped, 64, 1000);
        Files.write(layerFile, swapped);

        assertDamageIsNoticed("parts of blocks swapped");
    }

    @Test
    void openWhenTheFooterClaimsAHugeTableAllocatesNothingForIt() throws IOException {
        var bytes = Files.readAllBytes(layerFile);
        var footer = footer();
        var lying = new LayerFooter(64, 64, Integer.MAX_VALUE, footer.indexDigest());
        lying.toBytes().get(0, bytes, bytes.length - LayerFooter.SIZE, LayerFooter.SIZE);
        Files.write(layerFile, bytes);

        assertDamageIsNoticed("a huge block table");
    }

    @Test
    void listWhenOneManifestIsDamagedNamesItAndReadsTheOthers() throws IOException {
        var another = saveAnother();
        flip(manifestFile, 100, 0);
        Files.writeString(manifestFile.resolveSibling("stray.txt"), "stray");

        var listing = repository.list(DATABASE);

        assertThat(listing.readable()).containsExactly(another);
        assertThat(listing.unreadable())
                .extracting(ManifestListing.Unreadable::key)
                .containsExactlyInAnyOrder(
                        "manifests/%s/%s.json".formatted(DATABASE, manifest.id()),
                        "manifests/%s/stray.txt".formatted(DATABASE));
    }

    @Test
    void findWhenTheManifestIsOfANewerFormatSaysSo() throws IOException {
        var codec = sealing.vault(storage).codec();
        var name = ObjectKeys.manifest(DATABASE, manifest.id());
        byte[] json;
        try (var opened = codec.open(name, Files.newInputStream(manifestFile))) {
            json = new String(opened.readAllBytes(), UTF_8)
                    .replace("\"format\":3", "\"format\":4")
                    .getBytes(UTF_8);
        }
        try (var sealed = codec.seal(name, Files.newOutputStream(manifestFile))) {
            sealed.write(json);
        }

        assertThatThrownBy(() -> repository.find(DATABASE, manifest.id()))
                .isInstanceOf(SnapshotDamagedException.class)
                .hasMessageContaining("format 4");
    }

    private static void swap(Path a, Path b) throws IOException {
        var aside = a.resolveSibling("aside");
        Files.move(a, aside);
        Files.move(b, a, StandardCopyOption.ATOMIC_MOVE);
        Files.move(aside, b);
    }
}
