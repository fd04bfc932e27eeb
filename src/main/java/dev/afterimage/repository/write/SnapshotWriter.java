package dev.afterimage.repository.write;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.format.SnapshotUnreadableException;
import dev.afterimage.repository.hashes.Overlooked;
import dev.afterimage.repository.hashes.PageHashes;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.objects.Manifests;
import dev.afterimage.repository.read.LayerPages;
import dev.afterimage.repository.read.LayerReader;
import dev.afterimage.repository.read.LayersInUse;
import dev.afterimage.repository.read.UnpublishedLayer;
import dev.afterimage.repository.read.Workers;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.PageSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot while it is written, invisible until it is published. Pages may be added several times: the last ones count,
 * and only those are stored that differ from what the snapshot has so far, which at first is its parent. The layers of the
 * parent stay until it is closed, also when the parent is deleted. Closing it unpublished leaves nothing behind that no
 * manifest names. For one thread at a time.
 */
public final class SnapshotWriter implements AutoCloseable {

    /** Layers that are not published yet cannot be merged, so of these there may only be a few. */
    private static final int MAX_ADDITIONS = 8;

    private final UUID databaseId;
    private final SnapshotSoFar soFar;
    private final @Nullable PageHashes hashes;
    private final LayersInUse.Use use;
    private final Vault vault;
    private final Layers layers;
    private final Manifests manifests;

    /** @param hashes by which unchanged pages may be known; null to digest all. Closed with this */
    public SnapshotWriter(
            UUID databaseId,
            SnapshotSoFar soFar,
            @Nullable PageHashes hashes,
            LayersInUse.Use use,
            Vault vault,
            Layers layers,
            Manifests manifests) {
        this.databaseId = databaseId;
        this.soFar = soFar;
        this.hashes = hashes;
        this.use = use;
        this.vault = vault;
        this.layers = layers;
        this.manifests = manifests;
    }

    /**
     * Adds all pages of a plain database file that nobody writes; not changed, and not needed afterwards. The SHA-256 of the
     * whole file becomes known. Can be called a few times. When it throws, the snapshot has what it had before, unless that was of another page size.
     *
     * @param progress told of pages read, on the calling thread; may throw to stop
     * @throws dev.afterimage.problem.ProblemException NOT_A_DATABASE if the file cannot be read, or is no whole number of pages that begin with a header
     * @throws SnapshotDamagedException if the index of the parent's layers is not what was written
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL if the storage has no room for it
     * @throws dev.afterimage.storage.StorageException.Unreachable if the storage cannot be written
     */
    public void add(Path file, PageProgress progress) {
        try (var pages = DatabaseFile.open(file)) {
            add(pages, new Sha256(), false, progress);
        }
    }

    /** The same with pages of any source; the SHA-256 of the whole file is then only known where nothing has changed. */
    public void add(PageSource pages, PageProgress progress) {
        add(pages, null, false, progress);
    }

    /** The same of a source that has nothing but the pages that may have changed: all others are as in what the snapshot has so far. */
    public void addChanges(PageSource pages, PageProgress progress) {
        add(pages, null, true, progress);
    }

    private void add(PageSource pages, @Nullable Sha256 fileDigest, boolean onlyChanges, PageProgress progress) {
        if (soFar.layers().size() - soFar.inherited().size() >= MAX_ADDITIONS) {
            throw new IllegalStateException("pages were added %d times".formatted(MAX_ADDITIONS));
        }
        soFar.keepOnly(pages.pageSize());
        var header = newHeader(pages.pageSize());
        var workers = Workers.onAllCores("block-worker-");
        try (var changed = new LayerBuilder(header, vault, workers);
                var pass = hashes == null ? null : hashes.pass(pages.pageSize(), pages.pageCount());
                var comparison = new Comparison(
                        pages, () -> vault.codec().pageDigest(databaseId), soFar.pages(), pass, onlyChanges, workers);
                workers) {
            var content = comparison.run(changed, fileDigest, progress);
            soFar.add(changed.finish(), content);
            if (pass != null) {
                pass.finish(content.treeDigest());
            }
        }
    }

    /** What was stored only because all pages were digested. */
    public Optional<Overlooked> overlooked() {
        return Optional.ofNullable(hashes).flatMap(PageHashes::overlooked);
    }

    /** Why the next snapshot will have to digest all pages. */
    public Optional<IOException> hashesFailure() {
        return Optional.ofNullable(hashes).flatMap(PageHashes::failure);
    }

    /**
     * Makes the snapshot visible, whole; its parent's pages where none were added. Whatever is thrown, and wherever the process
     * dies, it is then either whole or not there, and all others are as they were. It can be there only after the process died,
     * or after Unreachable, when the storage failed between giving the manifest its name and making the name durable:
     * {@link Repository#find} tells.
     *
     * <p>Where it would have more than {@value Manifest#MAX_LAYERS} layers, some of its parent's are first merged into one. That can take as long as reading
     * the parent.
     *
     * @throws IllegalStateException if there are no pages, or there is another snapshot of that id
     * @throws SnapshotDamagedException if a layer that is to be merged is not what was written, or one of the parent's is not there
     *     any more; a snapshot without a parent, or with another one, may succeed
     * @throws SnapshotUnreadableException if a layer that is to be merged cannot be read; the same holds
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL if the storage has no room for it
     * @throws dev.afterimage.storage.StorageException.Unreachable if the storage cannot be written
     */
    public Manifest publish(NewSnapshot snapshot) {
        return publish(snapshot, Manifest.MAX_LAYERS);
    }

    /**
     * The same without merging, for as long as that can be put off: a database is locked meanwhile. The next snapshot on top of
     * this one merges what was left, so nothing has to be remembered.
     */
    public Manifest publishUnmerged(NewSnapshot snapshot) {
        return publish(snapshot, Manifest.MAX_UNMERGED_LAYERS);
    }

    private Manifest publish(NewSnapshot snapshot, int maxLayers) {
        var content = soFar.content();
        mergeWhereMoreThan(maxLayers);
        long newBytes = putNewLayers();
        // Dying here leaves layers that no manifest names: a sweep marks them, and they go when the grace is over.
        if (hashes != null) {
            hashes.keep();
        }
        var named = soFar.layers().stream().map(LayerPages::layer).toList();
        return put(manifest(snapshot, content, named, newBytes));
    }

    /** Others delete what no manifest names when the grace is over. So it is looked for when it has a name, too, and else the manifest is taken back. */
    private Manifest put(Manifest manifest) {
        layers.requireThere(manifest);
        var put = manifests.put(manifest);
        try {
            layers.requireThereOfNew(put);
        } catch (SnapshotDamagedException e) {
            requireCompacted(put, e);
        }
        return put;
    }

    /** Layers that are gone were compacted, or are lost to this snapshot. */
    private void requireCompacted(Manifest put, SnapshotDamagedException lost) {
        try {
            layers.requireThere(manifests.findNow(databaseId, put.id()).orElseThrow(() -> lost));
        } catch (SnapshotDamagedException e) {
            manifests.delete(databaseId, List.of(put.id()));
            throw e;
        }
    }

    private long putNewLayers() {
        long bytes = 0;
        for (var layer : soFar.layers()) {
            switch (layer) {
                case LayerReader inherited -> {}
                case UnpublishedLayer unpublished -> bytes += put(unpublished);
            }
        }
        return bytes;
    }

    private long put(UnpublishedLayer unpublished) {
        var layer = unpublished.layer();
        use.add(layer.id()); // before it has a name by which a sweep would find it
        if (!unpublished.object().put(ObjectKeys.layer(databaseId, layer.id()))) {
            throw new IllegalStateException("There is a layer %s already".formatted(layer.id()));
        }
        return layer.bytes();
    }

    /** Only layers that were there before: what they are merged into is for this snapshot alone, older ones keep theirs. */
    private void mergeWhereMoreThan(int maxLayers) {
        if (soFar.layers().size() > maxLayers) {
            int tooMany = soFar.layers().size() - Manifest.MAX_LAYERS;
            var sizes = soFar.inherited().stream()
                    .map(layer -> layer.layer().bytes())
                    .toList();
            merge(LayerRange.cheapestToMerge(sizes, tooMany));
        }
    }

    private void merge(LayerRange range) {
        var content = soFar.content();
        var merged = Merge.run(
                soFar.inherited().subList(range.from(), range.to()),
                newHeader(content.pageSize()),
                content.pageCount(),
                vault,
                PageProgress.NONE);
        soFar.replace(range, merged);
    }

    private LayerHeader newHeader(int pageSize) {
        return new LayerHeader(databaseId, UUID.randomUUID(), pageSize);
    }

    private Manifest manifest(NewSnapshot snapshot, DatabaseContent content, List<LayerRef> layers, long newBytes) {
        return new Manifest(
                snapshot.id(),
                snapshot.databaseId(),
                snapshot.databaseName(),
                snapshot.createdAt(),
                snapshot.groupId(),
                soFar.parent(),
                content.pageSize(),
                content.pageCount(),
                layers,
                content.treeDigest(),
                content.sha256(),
                newBytes,
                layers.stream().distinct().mapToLong(LayerRef::bytes).sum(),
                snapshot.labels(),
                snapshot.capture());
    }

    @Override
    public void close() {
        try (use;
                var _ = hashes) {
            soFar.close();
        }
    }
}
