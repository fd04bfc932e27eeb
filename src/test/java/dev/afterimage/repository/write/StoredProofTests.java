package dev.afterimage.repository.write;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.repository.NewSnapshots;
import dev.afterimage.repository.PageArrays;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.TestRepositories;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.objects.Compactions;
import dev.afterimage.repository.objects.Manifests;
import dev.afterimage.repository.read.Workers;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a writer with a defect would store, all of its checksums right. */
class StoredProofTests {

    private static final int PAGE_SIZE = 4096;

    private final PageArrays pages = PageArrays.of(PAGE_SIZE, 200, 1);

    @TempDir
    Path root;

    private LocalStorage storage;
    private Repository repository;
    private Manifest first;
    private Manifest second;

    @BeforeEach
    void save() {
        storage = new LocalStorage(root, 0);
        repository = TestRepositories.on(storage);
        first = save(null);
        pages.write(7, 5);
        second = save(first);
    }

    private Manifest save(@Nullable Manifest parent) {
        try (var writer = repository.begin(NewSnapshots.DATABASE, parent)) {
            writer.add(pages, PageProgress.NONE);
            return writer.publish(NewSnapshots.any());
        }
    }

    @Test
    void proveStoredWhenAllIsRightReturns() {
        repository.proveStored(second, Set.of(), PageProgress.NONE);
        repository.proveStored(second, ids(first.layers()), PageProgress.NONE);
    }

    @Test
    void proveStoredWhenPagesHaveOtherDigestsThanTheyWereCapturedWithTells() {
        var layers = List.of(first.layers().getFirst(), layerOfPageSeven(new ShortDigest(1, 2)));
        assertDamaged(with(layers, second.treeDigest()), "page 7 is not what was captured");
    }

    @Test
    void proveStoredWhenTheLayersHaveOtherPagesThanTheManifestCountsTells() {
        assertDamaged(with(first.layers(), second.treeDigest()), "other pages than were captured");
        assertDamaged(with(second.layers(), first.treeDigest()), "other pages than were captured");
    }

    @Test
    void proveStoredWhenNoLayerHasAPageTells() {
        var ofOne = second.layers().getLast();
        assertDamaged(with(Collections.nCopies(200, ofOne), second.treeDigest()), "no layer has page 1");
    }

    @Test
    void proveStoredWhenAnyPartOfANewLayerIsFlippedTells() throws IOException {
        var layer = root.resolve(ObjectKeys.layer(
                NewSnapshots.DATABASE, second.layers().getLast().id()));
        var bytes = Files.readAllBytes(layer);
        for (int at = 0; at < bytes.length; at += at < LayerHeader.SIZE ? 1 : 97) {
            bytes[at] ^= 4;
            Files.write(layer, bytes);
            var where = at;
            assertThatExceptionOfType(SnapshotDamagedException.class)
                    .as("byte %d of %d", where, bytes.length)
                    .isThrownBy(() -> repository.proveStored(second, ids(first.layers()), PageProgress.NONE));
            bytes[at] ^= 4;
        }
        Files.write(layer, bytes);
        repository.proveStored(second, ids(first.layers()), PageProgress.NONE);
    }

    private void assertDamaged(Manifest manifest, String what) {
        assertThatProblem(ProblemCode.SNAPSHOT_DAMAGED, what)
                .isThrownBy(() -> repository.proveStored(manifest, Set.of(), PageProgress.NONE));
    }

    private LayerRef layerOfPageSeven(ShortDigest digest) {
        var header = new LayerHeader(NewSnapshots.DATABASE, UUID.randomUUID(), PAGE_SIZE);
        var bytes = ByteBuffer.allocate(ShortDigest.SIZE);
        digest.put(bytes);
        var page = ByteBuffer.allocateDirect(PAGE_SIZE);
        try (var workers = Workers.single("block-worker-");
                var layer = new LayerBuilder(header, new Vault(storage, Clock.systemUTC()), workers)) {
            layer.add(7, page, 0, bytes.array(), 0);
            try (var unpublished = layer.finish().orElseThrow()) {
                unpublished.object().put(ObjectKeys.layer(NewSnapshots.DATABASE, header.layerId()));
                return unpublished.layer();
            }
        }
    }

    /** The second snapshot once more, with other layers. */
    private Manifest with(List<LayerRef> layers, String treeDigest) {
        var vault = new Vault(storage, Clock.systemUTC());
        return new Manifests(vault, new Compactions(vault))
                .put(new Manifest(
                        UUID.randomUUID(),
                        second.databaseId(),
                        second.databaseName(),
                        second.createdAt(),
                        null,
                        first.id(),
                        second.pageSize(),
                        second.pageCount(),
                        layers,
                        treeDigest,
                        null,
                        1,
                        1,
                        second.labels(),
                        second.capture()));
    }

    private static Set<UUID> ids(List<LayerRef> layers) {
        return layers.stream().map(LayerRef::id).collect(Collectors.toSet());
    }
}
