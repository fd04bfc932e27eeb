package dev.afterimage.repository.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.repository.NewSnapshots;
import dev.afterimage.repository.PageArrays;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.TestRepositories;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several threads make a copy; it is the same as if one had read the snapshot page by page. */
class SnapshotCopyTests {

    @TempDir
    Path directory;

    private LocalStorage storage;
    private Repository repository;
    private final CopiedPages copied = new CopiedPages();

    @BeforeEach
    void create() {
        storage = new LocalStorage(directory.resolve("repository"), 0);
        repository = TestRepositories.on(storage);
    }

    /** A full layer, and others with pages all over it. */
    private Manifest save(PageArrays pages, int layers, int changed) {
        Manifest newest = null;
        for (int layer = 0; layer < layers; layer++) {
            for (int i = 0; layer > 0 && i < changed; i++) {
                pages.write(1 + new Random(layer * 10_007L + i).nextInt((int) pages.pageCount()), 100 + layer);
            }
            try (var writer = repository.begin(NewSnapshots.DATABASE, newest)) {
                writer.add(pages, PageProgress.NONE);
                newest = writer.publish(NewSnapshots.any());
            }
        }
        assertThat(newest).isNotNull();
        return newest;
    }

    private static void assertNoThreadIsLeft() {
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("snapshot-"));
    }

    @ParameterizedTest
    @CsvSource({"512, 9001, 7, 900", "4096, 3000, 16, 300", "4096, 1, 1, 0", "4096, 256, 2, 256", "65536, 100, 5, 9"})
    void copyToWhenPagesAreInManyLayersGivesTheSameBytes(int pageSize, int pageCount, int layers, int changed)
            throws IOException {
        var pages = PageArrays.of(pageSize, pageCount, 1);
        var manifest = save(pages, layers, changed);
        var proven = new CopiedPages();

        try (var reader = repository.open(manifest)) {
            reader.copyTo(copied, PageProgress.NONE);
            var sha256 = reader.proveTo(proven, PageProgress.NONE);

            assertThat(sha256).isEqualTo(Sha256.hexOf(pages.bytes()));
        }

        assertThat(manifest.layers()).hasSize(layers);
        assertThat(copied.toByteArray()).isEqualTo(pages.bytes());
        assertThat(proven.toByteArray()).isEqualTo(pages.bytes());
    }

    @Test
    void copyToWhenStretchesShareBlocksDecompressesEachBlockOnce() throws IOException {
        var manifest = save(PageArrays.of(4096, 5000, 1), 8, 700);
        var layers = LayerReader.openAll(new Vault(storage, Clock.systemUTC()), IndexCache.none(), manifest);
        try (var copy = new SnapshotCopy(manifest, layers)) {
            copy.run(copied, PageProgress.NONE);

            assertThat(copy.blocksRead())
                    .isEqualTo(layers.stream()
                            .mapToLong(layer -> layer.blocks().blocks())
                            .sum());
        } finally {
            layers.forEach(LayerReader::close);
        }
    }

    /** As hourly backups make them: such a layer has less than a MiB, and there are many. */
    @Test
    void blockWhenItHasFewPagesTakesLittleMemory() {
        var manifest = save(PageArrays.of(4096, 1024, 1), 3, 3);
        var layers = LayerReader.openAll(new Vault(storage, Clock.systemUTC()), IndexCache.none(), manifest);
        try (var blocks = new LayerBlocks(layers)) {
            assertThat(blocks.block(0, 0).capacity()).isEqualTo(1 << 20);
            assertThat(blocks.block(1, 0).capacity()).isEqualTo(16 << 10);
            assertThat(blocks.block(2, 0).capacity()).isEqualTo(16 << 10);
        } finally {
            LayerPages.closeAll(layers);
        }
    }

    @Test
    void copyToWhenRunningTellsOfPagesInOrderOnTheCallingThread() throws IOException {
        var manifest = save(PageArrays.of(4096, 1000, 1), 1, 0);
        var told = new ArrayList<Long>();
        var caller = Thread.currentThread();

        try (var reader = repository.open(manifest)) {
            reader.copyTo(copied, (done, total) -> {
                assertThat(Thread.currentThread()).isEqualTo(caller);
                assertThat(copied.count()).isGreaterThanOrEqualTo(Math.toIntExact(done * 4096));
                told.add(done);
            });
        }

        assertThat(told).containsExactly(0L, 256L, 512L, 768L, 1000L);
        assertNoThreadIsLeft();
    }

    @Test
    void copyToWhenCancelledSoonEndsAndLeavesNoThread() throws IOException {
        var manifest = save(PageArrays.of(4096, 5000, 1), 3, 500);
        try (var reader = repository.open(manifest)) {
            assertThatThrownBy(() -> reader.copyTo(copied, (done, total) -> {
                        if (done >= 1024) {
                            throw new CancellationException("enough");
                        }
                    }))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("enough");

            assertThat(copied.count()).isBetween(1024 * 4096, 4999 * 4096);
            assertNoThreadIsLeft();
            assertThat(reader.proveTo(PageTarget.NOWHERE, PageProgress.NONE))
                    .as("it can be copied again")
                    .hasSize(Sha256.HEX_LENGTH);
        }
    }

    @Test
    void copyToWhenTheTargetCannotBeWrittenSaysSoAndLeavesNoThread() throws IOException {
        var manifest = save(PageArrays.of(4096, 3000, 1), 1, 0);
        PageTarget full = (bytes, position) -> {
            throw new IOException("full");
        };
        try (var reader = repository.open(manifest)) {
            assertThatThrownBy(() -> reader.copyTo(full, PageProgress.NONE))
                    .isInstanceOf(IOException.class)
                    .hasMessage("full");
        }
        assertNoThreadIsLeft();
    }

    @Test
    void copyToWhenABlockIsDamagedNeverWritesAWrongByte() throws IOException {
        var pages = PageArrays.of(1024, 1500, 1);
        var manifest = save(pages, 3, 200);
        var content = pages.bytes();
        var random = new Random(3);
        int noticed = 0;
        for (int i = 0; i < 60; i++) {
            var layer = manifest.layers().get(i % 3);
            var file = directory.resolve("repository/layers/%s/%s".formatted(NewSnapshots.DATABASE, layer.id()));
            var sound = Files.readAllBytes(file);
            var damaged = sound.clone();
            int at = LayerHeader.SIZE + random.nextInt(sound.length / 2);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            var written = new CopiedPages();
            try (var reader = repository.open(manifest)) {
                var found = catchThrowableOfType(
                        SnapshotDamagedException.class, () -> reader.copyTo(written, PageProgress.NONE));
                if (found == null) {
                    assertThat(written.toByteArray()).as("byte %d", at).isEqualTo(content);
                } else {
                    assertThat(found.layerId()).isEqualTo(layer.id());
                    written.assertPartOf(content);
                    noticed++;
                }
            }
            Files.write(file, sound);
        }
        assertThat(noticed)
                .as("of 60; some hit pages of which a later layer has another version")
                .isGreaterThan(30);
        assertNoThreadIsLeft();
    }

    @Test
    void writeWhenTheSnapshotIsDamagedSaysSo() throws IOException {
        var manifest = save(PageArrays.of(4096, 2000, 1), 1, 0);
        var file = directory.resolve("repository/layers/%s/%s"
                .formatted(NewSnapshots.DATABASE, manifest.layers().getFirst().id()));
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);

        try (var reader = repository.open(manifest)) {
            assertThatThrownBy(() ->
                            SnapshotFile.lasting(directory.resolve("out.db")).copy(reader, PageProgress.NONE))
                    .isInstanceOf(SnapshotDamagedException.class);
        }
    }
}
