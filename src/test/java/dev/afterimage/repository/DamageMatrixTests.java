package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.read.CopiedPages;
import dev.afterimage.repository.read.PageTarget;
import dev.afterimage.repository.read.SnapshotReader;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Snapshots of every shape, and everything that can become of one of their objects: by random reads as a download makes them,
 * and by a restore, whoever reads gets the right bytes or is told of the damage. {@code -Dtorture.minutes=10} tries that for
 * longer, {@code -Dtorture.seed} repeats a run.
 */
class DamageMatrixTests {

    private static final UUID DATABASE = NewSnapshots.DATABASE;
    private static final UUID OTHER_DATABASE = UUID.fromString("0197d0c2-5a00-7000-8000-00000000000b");
    private static final int PAGE_SIZE = 512;
    private static final int PAGES = 500;
    private static final int FLIPS = 100;

    /** What a snapshot is made of, as the number of snapshots before it. */
    enum Shape {
        FULL(0),
        INCREMENTAL(5),
        MERGED(Manifest.MAX_LAYERS + 3),
        COMPACTED(9);

        private final int parents;

        Shape(int parents) {
            this.parents = parents;
        }
    }

    /** What may become of the bytes of an object. */
    enum Fate {
        CUT,
        LENGTHENED,
        GONE,
        SWAPPED
    }

    private record Saved(Manifest manifest, byte[] content) {}

    @TempDir
    Path directory;

    private final Random random = new Random(Torture.SEED);
    private Repository repository;
    private int harmless;

    @BeforeEach
    void create() {
        repository = begun();
    }

    /** By one that knows nothing yet of what was there before. */
    private Repository begun() {
        return TestRepositories.on(new LocalStorage(directory.resolve("repository"), 0));
    }

    private Saved save(UUID database, Shape shape, int contentSeed) {
        var pages = PageArrays.of(PAGE_SIZE, PAGES, contentSeed);
        var manifest = save(database, null, pages);
        for (int i = 1; i <= shape.parents; i++) {
            for (int page : random.ints(1 + random.nextInt(30), 1, PAGES + 1).toArray()) {
                pages.write(page, contentSeed + i);
            }
            manifest = save(database, manifest, pages);
        }
        return new Saved(shape == Shape.COMPACTED ? compact(manifest) : manifest, pages.bytes());
    }

    /** The first and the last snapshot stay, and what comes between becomes one layer. */
    private Manifest compact(Manifest last) {
        repository.list(last.databaseId()).readable().stream()
                .filter(manifest -> manifest.parent() != null && !manifest.id().equals(last.id()))
                .forEach(manifest -> TestRepositories.delete(repository, last.databaseId(), manifest.id()));
        assertThat(repository.compact(last.databaseId(), PageProgress.NONE).bytesReplaced())
                .isPositive();
        TestRepositories.sweep(repository);
        return repository.find(last.databaseId(), last.id()).orElseThrow();
    }

    private Manifest save(UUID database, @Nullable Manifest parent, PageArrays pages) {
        try (var writer = repository.begin(database, parent)) {
            writer.add(pages, PageProgress.NONE);
            return writer.publish(NewSnapshots.of(database, UUID.randomUUID()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void readWhenAnyByteIsChangedGivesTheRightBytesOrTells(Shape shape) throws IOException {
        var saved = save(DATABASE, shape, 1);
        assertThat(saved.manifest().layers().size() > 1).isEqualTo(shape != Shape.FULL);
        long end = System.nanoTime() + Torture.TIME.toNanos() / Shape.values().length;
        int flips = 0;
        for (; flips < FLIPS || System.nanoTime() < end; flips++) {
            var victim = anyOf(objects(saved.manifest()));
            int at = anyPlaceThatIsRead(victim);
            int change = 1 + random.nextInt(255);
            change(victim, at, change);
            assertNeverWrong(saved, "byte %d of %s, %s".formatted(at, victim, shape));
            change(victim, at, change);
        }
        assertThat(read(saved)).as("mended").isTrue();
        if (shape == Shape.FULL) {
            assertThat(harmless)
                    .as("every byte is needed, seed " + Torture.SEED)
                    .isZero();
        }
        assertThat(harmless).as("seed " + Torture.SEED).isLessThan(flips / 2);
    }

    /** The header of a layer is not: whoever has the manifest knows it. */
    private int anyPlaceThatIsRead(Path victim) throws IOException {
        int first = victim.toString().endsWith(".json") ? 0 : LayerHeader.SIZE;
        return random.nextInt(first, (int) Files.size(victim));
    }

    /** In its place; a file written anew would go to the disk each time. The same change again takes it back. */
    private static void change(Path file, int offset, int change) throws IOException {
        try (var open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(offset);
            int before = open.read();
            open.seek(offset);
            open.write(before ^ change);
        }
    }

    @ParameterizedTest
    @EnumSource
    void readWhateverBecomesOfAnObjectGivesTheRightBytesOrTells(Shape shape) throws IOException {
        var saved = save(DATABASE, shape, 1);
        var strangers =
                new ArrayList<>(objects(save(DATABASE, Shape.INCREMENTAL, 500).manifest()));
        strangers.addAll(objects(save(OTHER_DATABASE, Shape.INCREMENTAL, 1).manifest()));
        strangers.addAll(objects(saved.manifest()));
        for (var victim : objects(saved.manifest())) {
            for (var fate : Fate.values()) {
                for (int attempt = 0; attempt < 3; attempt++) {
                    assertNeverWrongAfter(fate, victim, anyOf(strangers), saved);
                }
            }
        }
        assertThat(harmless)
                .as("none of these is harmless, seed " + Torture.SEED)
                .isZero();
        assertThat(read(saved)).as("mended").isTrue();
    }

    private void assertNeverWrongAfter(Fate fate, Path victim, Path stranger, Saved saved) throws IOException {
        var bytes = Files.readAllBytes(victim);
        var others = Files.readAllBytes(stranger);
        if (fate == Fate.SWAPPED && Arrays.equals(bytes, others)) {
            return; // such as the layer of an equal page, or itself
        }
        switch (fate) {
            case CUT -> Files.write(victim, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
            case LENGTHENED -> Files.write(victim, Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(5000)));
            case GONE -> Files.delete(victim);
            case SWAPPED -> {
                Files.write(victim, others);
                Files.write(stranger, bytes);
            }
        }
        assertNeverWrong(saved, "%s of %s, with %s".formatted(fate, victim, stranger));
        Files.write(stranger, others);
        Files.write(victim, bytes);
    }

    /** Same-sized, of the same database, with the same pages but other bytes in them: the likeliest to be taken for right. */
    @Test
    void readWhenALayerIsTheOneOfTheNextSnapshotTells() throws IOException {
        var pages = PageArrays.of(PAGE_SIZE, PAGES, 1);
        var parent = save(DATABASE, null, pages);
        pages.write(7, 2);
        var second = save(DATABASE, parent, pages);
        var content = pages.bytes();
        pages.write(7, 3);
        var third = save(DATABASE, parent, pages);
        Files.copy(
                layer(third, third.layers().getLast()),
                layer(second, second.layers().getLast()),
                StandardCopyOption.REPLACE_EXISTING);

        assertThat(read(new Saved(second, content))).isFalse();
    }

    private void assertNeverWrong(Saved saved, String damage) throws IOException {
        try {
            if (read(saved)) {
                harmless++;
            }
        } catch (AssertionError wrong) {
            throw new AssertionError("-Dtorture.seed=%d: %s".formatted(Torture.SEED, damage), wrong);
        }
    }

    /** Whether all of it could be read in each way; what could be read is compared with what was saved. */
    private boolean read(Saved saved) throws IOException {
        boolean download = isTold(() -> readAnywhere(saved));
        boolean restore = isTold(() -> restore(saved, SnapshotReader::copyTo));
        boolean check = isTold(() -> restore(saved, SnapshotReader::proveTo));
        return !download && !restore && !check;
    }

    private interface Reading {
        void run() throws IOException;
    }

    private interface Copying {
        void run(SnapshotReader reader, PageTarget target, PageProgress progress) throws IOException;
    }

    private static boolean isTold(Reading reading) throws IOException {
        try {
            reading.run();
            return false;
        } catch (SnapshotDamagedException | SnapshotGoneException told) {
            return true;
        }
    }

    private void readAnywhere(Saved saved) throws IOException {
        try (var reader = begun().open(DATABASE, saved.manifest().id())) {
            assertThat(reader.size()).isEqualTo(saved.content().length);
            for (int i = 0; i < 10; i++) {
                int position = random.nextInt(saved.content().length);
                var buffer = ByteBuffer.allocate(1 + random.nextInt(50_000));
                reader.position(position).read(buffer);
                var expected =
                        ByteBuffer.wrap(saved.content(), position, buffer.flip().limit());
                assertThat(buffer.mismatch(expected)).as("read at " + position).isEqualTo(-1);
            }
        }
    }

    private void restore(Saved saved, Copying copying) throws IOException {
        var written = new CopiedPages();
        try (var reader = begun().open(DATABASE, saved.manifest().id())) {
            copying.run(reader, written, PageProgress.NONE);
        } finally {
            written.assertPartOf(saved.content());
        }
        assertThat(written.toByteArray()).hasSameSizeAs(saved.content());
    }

    private List<Path> objects(Manifest manifest) throws IOException {
        var objects = new ArrayList<Path>();
        objects.add(
                directory.resolve("repository/manifests/%s/%s.json".formatted(manifest.databaseId(), manifest.id())));
        manifest.layers().stream()
                .distinct()
                .map(layer -> layer(manifest, layer))
                .forEach(objects::add);
        var compactions = directory.resolve("repository/compactions/" + manifest.databaseId());
        if (Files.exists(compactions)) {
            try (var files = Files.list(compactions)) {
                files.forEach(objects::add);
            }
        }
        return objects;
    }

    private Path layer(Manifest manifest, LayerRef layer) {
        return directory.resolve("repository/layers/%s/%s".formatted(manifest.databaseId(), layer.id()));
    }

    private Path anyOf(List<Path> files) {
        return files.get(random.nextInt(files.size()));
    }
}
