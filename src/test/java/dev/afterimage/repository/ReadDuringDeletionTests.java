package dev.afterimage.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.read.CopiedPages;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whoever has a snapshot open reads it to the end, whatever becomes of it and of those with which it shares layers; also where somebody deletes who
 * knows nothing of the reader, as another process does when the grace is over.
 */
class ReadDuringDeletionTests {

    @TempDir
    Path directory;

    private Repository repository;
    private Repository elsewhere;
    private final PageArrays pages = PageArrays.of(1024, 5000, 1);
    private final ArrayList<Manifest> manifests = new ArrayList<>();

    @BeforeEach
    void save() {
        repository = TestRepositories.on(new LocalStorage(directory.resolve("repository"), 0));
        elsewhere = TestRepositories.on(new LocalStorage(directory.resolve("repository"), 0));
        for (int i = 0; i < 10; i++) {
            for (int n = 0; n < 40; n++) {
                pages.write(1 + (i * 17 + n * 113) % 5000, i);
            }
            manifests.add(saveAnother());
        }
    }

    private Manifest saveAnother() {
        var parent = manifests.isEmpty() ? null : manifests.getLast();
        try (var writer = repository.begin(NewSnapshots.DATABASE, parent)) {
            writer.add(pages, PageProgress.NONE);
            return writer.publish(NewSnapshots.any());
        }
    }

    private Thread deletingAll() {
        return Thread.ofPlatform().start(() -> {
            for (var manifest : manifests.reversed()) {
                TestRepositories.delete(elsewhere, NewSnapshots.DATABASE, manifest.id());
            }
        });
    }

    @Test
    void readWhenAllIsDeletedMeanwhileReadsOnToTheEnd() throws Exception {
        try (var reader = repository.open(manifests.getLast())) {
            var bytes = ByteBuffer.allocate((int) reader.size());
            reader.read(bytes.limit(100_000));
            var deleting = deletingAll();
            while (bytes.hasRemaining() || bytes.limit() < bytes.capacity()) {
                bytes.limit(Math.min(bytes.capacity(), bytes.position() + 10_000));
                reader.read(bytes);
            }
            deleting.join();

            assertThat(repository.layers(NewSnapshots.DATABASE)).isEmpty();
            assertThat(bytes.array()).isEqualTo(pages.bytes());
            assertThat(reader.position(0).read(bytes.clear())).isEqualTo(pages.bytes().length);
            assertThat(bytes.array()).isEqualTo(pages.bytes());
        }
    }

    @Test
    void copyToWhenAllIsDeletedMeanwhileProvesAll() throws IOException, InterruptedException {
        var copy = new CopiedPages();
        try (var reader = repository.open(manifests.getLast())) {
            var deleting = new ArrayList<Thread>();
            reader.copyTo(copy, (done, total) -> {
                if (deleting.isEmpty()) {
                    deleting.add(deletingAll());
                    awaitDeletion();
                }
            });
            deleting.getFirst().join();
        }

        assertThat(copy.toByteArray()).isEqualTo(pages.bytes());
    }

    @Test
    void openKeepsItsLayersFromBeingDeletedHereUntilItIsClosed() throws IOException {
        var last = manifests.getLast();
        var layers = last.layers().stream().map(LayerRef::id).toList();
        try (var reader = repository.open(last)) {
            manifests.forEach(manifest -> TestRepositories.delete(repository, NewSnapshots.DATABASE, manifest.id()));
            assertThat(repository.layers(NewSnapshots.DATABASE))
                    .extracting(Layers.Stored::id)
                    .containsExactlyInAnyOrderElementsOf(layers);
            assertThat(reader.read(ByteBuffer.allocate(1000))).isEqualTo(1000);
        }
        repository.settle(NewSnapshots.DATABASE, layers, layers);
        assertThat(repository.layers(NewSnapshots.DATABASE)).isEmpty();
    }

    private void awaitDeletion() {
        while (!repository.layers(NewSnapshots.DATABASE).isEmpty()) {
            Thread.onSpinWait();
        }
    }
}
