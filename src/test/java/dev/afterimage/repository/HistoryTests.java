package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import dev.afterimage.bytes.Sha256;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.read.SnapshotFile;
import dev.afterimage.repository.write.SnapshotWriter;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random histories of writing, backing up, deleting, sweeping and crashing: after each step, each snapshot has the bytes of the
 * plain copy that the test keeps.
 */
class HistoryTests {

    private static final UUID DATABASE = NewSnapshots.DATABASE;
    private static final int STEPS = 45;
    private static final int MOST_PAGES = 700;

    private record Kept(Manifest manifest, byte[] content) {}

    @TempDir
    Path directory;

    private Path root;
    private Repository repository;
    private Random random;
    private PageArrays pages;
    private final List<PageArrays> earlier = new ArrayList<>();
    private final List<Kept> snapshots = new ArrayList<>();
    private final List<SnapshotWriter> abandoned = new ArrayList<>();
    private int mostLayers;
    private long compacted;

    /** Two, and more for each minute of torture. */
    static LongStream seeds() {
        return LongStream.rangeClosed(1, 2 + 20 * Torture.TIME.toMinutes());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void historyWhenRandomKeepsEachSnapshotAsItWas(long seed) throws IOException {
        root = directory.resolve("repository");
        repository = TestRepositories.on(new LocalStorage(root, 0));
        random = new Random(seed);
        pages = PageArrays.of(random.nextBoolean() ? 512 : 2048, 1 + random.nextInt(MOST_PAGES), seed);
        for (int step = 0; step < STEPS; step++) {
            step();
            assertSnapshotsAreRight(step % 10 == 0);
        }
        abandoned.forEach(SnapshotWriter::close);
        assertSnapshotsAreRight(true);
        assertSweptHasOnlyNamedLayers();
        assertThat(mostLayers).isGreaterThan(3);
        assertThat(compacted).isPositive();
    }

    private void step() throws IOException {
        switch (random.nextInt(20)) {
            case 0 -> earlier.add(pages.copy());
            case 1 -> revert();
            case 2 -> pages.resize(1 + random.nextInt(MOST_PAGES), random.nextLong(1000));
            case 3 -> pages.resize(Math.max(1, (int) pages.pageCount() - random.nextInt(50)), random.nextLong(1000));
            case 4 -> delete();
            case 5 -> assertSweptHasOnlyNamedLayers();
            case 6 -> crash();
            case 7 -> changePageSize();
            case 8, 9 ->
                compacted += repository.compact(DATABASE, PageProgress.NONE).bytesReplaced();
            default -> {
                write();
                backUp();
            }
        }
    }

    private void write() {
        int first = 1 + random.nextInt((int) pages.pageCount());
        for (int n = random.nextInt(30); n > 0; n--) {
            boolean near = random.nextBoolean();
            int page = near ? first + n : 1 + random.nextInt((int) pages.pageCount());
            pages.write((int) Math.min(page, pages.pageCount()), random.nextLong(1000));
        }
    }

    private void revert() {
        if (!earlier.isEmpty()) {
            pages = earlier.get(random.nextInt(earlier.size())).copy();
        }
    }

    private void changePageSize() {
        if (random.nextInt(4) == 0) {
            pages = PageArrays.of(
                    pages.pageSize() == 512 ? 2048 : 512, 1 + random.nextInt(MOST_PAGES), random.nextLong(1000));
        }
    }

    private void backUp() throws IOException {
        try (var writer = repository.begin(DATABASE, parent())) {
            if (random.nextInt(4) == 0) {
                writer.add(pages.copy(), PageProgress.NONE);
                write();
            }
            boolean asFile = random.nextInt(4) == 0;
            if (asFile) {
                writer.add(pages.toFile(directory.resolve("a.db")), PageProgress.NONE);
            } else {
                writer.add(pages, PageProgress.NONE);
            }
            var manifest = writer.publish(NewSnapshots.any());
            snapshots.add(new Kept(manifest, pages.bytes()));
            mostLayers = Math.max(mostLayers, manifest.layers().size());
            assertThat(manifest.layers()).hasSizeBetween(1, Manifest.MAX_LAYERS);
            if (asFile || manifest.sha256() != null) {
                assertThat(manifest.sha256()).isEqualTo(Sha256.hexOf(pages.bytes()));
            }
        }
    }

    /** Mostly the newest, so that there are many layers. */
    private @Nullable Manifest parent() {
        if (snapshots.isEmpty() || random.nextInt(40) == 0) {
            return null;
        }
        int back = random.nextInt(10) == 0 ? random.nextInt(snapshots.size()) : 0;
        return snapshots.get(snapshots.size() - 1 - back).manifest;
    }

    private void delete() {
        for (int n = random.nextInt(4); n > 0 && !snapshots.isEmpty(); n--) {
            var deleted = snapshots.remove(random.nextInt(snapshots.size()));
            TestRepositories.delete(repository, DATABASE, deleted.manifest.id());
        }
    }

    /** Leaves a temporary file, a layer that no manifest names, and a writer that nobody closes. */
    private void crash() throws IOException {
        var writer = repository.begin(DATABASE, parent());
        writer.add(PageArrays.of(1024, 1 + random.nextInt(100), random.nextLong()), PageProgress.NONE);
        abandoned.add(writer);
        if (random.nextBoolean() && !snapshots.isEmpty()) {
            var unpublished = snapshots.removeLast().manifest;
            Files.delete(root.resolve("manifests/%s/%s.json".formatted(DATABASE, unpublished.id())));
        }
        repository = TestRepositories.on(new LocalStorage(root, 0));
    }

    private void assertSnapshotsAreRight(boolean all) throws IOException {
        for (int i = all ? 0 : Math.max(0, snapshots.size() - 2); i < snapshots.size(); i++) {
            var kept = snapshots.get(i);
            var found = repository.find(DATABASE, kept.manifest.id()).orElseThrow();
            assertThat(found.withLayers(kept.manifest.layers())).isEqualTo(kept.manifest);
            assertThat(Arrays.equals(TestRepositories.content(repository, found), kept.content))
                    .isTrue();
            if (all) {
                assertCopyIsRight(found, kept.content);
            }
        }
        assertThat(repository.list(DATABASE).readable()).hasSameSizeAs(snapshots);
    }

    private void assertCopyIsRight(Manifest manifest, byte[] content) throws IOException {
        var file = directory.resolve("copy");
        Files.deleteIfExists(file);
        try (var reader = repository.open(manifest)) {
            assertThat(SnapshotFile.passing(file).prove(reader, PageProgress.NONE))
                    .isEqualTo(Sha256.hexOf(content));
        }
    }

    private void assertSweptHasOnlyNamedLayers() {
        TestRepositories.sweep(repository);
        var named = new HashSet<UUID>();
        repository
                .list(DATABASE)
                .readable()
                .forEach(manifest -> manifest.layers().forEach(layer -> named.add(layer.id())));
        assertThat(repository.layers(DATABASE).stream().map(Layers.Stored::id).collect(Collectors.toSet()))
                .isEqualTo(named);
    }
}
