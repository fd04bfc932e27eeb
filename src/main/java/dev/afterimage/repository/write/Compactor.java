package dev.afterimage.repository.write;

import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.format.Compaction;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.objects.Compactions;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.objects.Manifests;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.repository.read.LayerPages;
import dev.afterimage.repository.read.LayerReader;
import dev.afterimage.repository.read.LayersInUse;
import dev.afterimage.repository.read.NewestPages;
import dev.afterimage.repository.read.StoredProof;
import dev.afterimage.repository.read.Stretch;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Stores layers that snapshots only have together as one, where that saves space. When snapshots are deleted, those that stay have layers of which
 * nobody needs all pages any more. Manifests stay as they are: a compaction tells what became of their layers. For one thread at a time
 * and database.
 */
public final class Compactor {

    /** Of what is written, since others write at the same time. */
    private static final int ROOM = 2;

    private final Vault vault;
    private final IndexCache indexes;
    private final Manifests manifests;
    private final Compactions compactions;
    private final Layers layers;
    private final LayersInUse inUse;

    public Compactor(
            Vault vault,
            IndexCache indexes,
            Manifests manifests,
            Compactions compactions,
            Layers layers,
            LayersInUse inUse) {
        this.vault = vault;
        this.indexes = indexes;
        this.manifests = manifests;
        this.compactions = compactions;
        this.layers = layers;
        this.inUse = inUse;
    }

    /**
     * Compacts what is worth it. Whatever is thrown, and wherever the process dies, each snapshot has all of its pages; layers that nobody names may be
     * left.
     *
     * @param expected the snapshots that must have manifests; while any has none, or one cannot be read, nothing is done
     * @param progress told of the pages of the database that were passed; may throw to stop
     * @throws SnapshotDamagedException if a layer is not what was written; so for what cannot be read
     * @throws dev.afterimage.storage.StorageException.Unreachable if the storage cannot be written
     */
    public Compacted run(UUID databaseId, Set<UUID> expected, PageProgress progress) {
        var known = compactions.find(databaseId);
        var snapshots = manifests.list(databaseId).whole(expected).orElse(List.of());
        var done = Compacted.NOTHING;
        for (var run : LayerRun.of(snapshots.stream().map(Manifest::layers).toList())) {
            done = done.plus(compact(run, having(run, snapshots), known, progress));
        }
        return done;
    }

    private static List<Manifest> having(LayerRun run, List<Manifest> snapshots) {
        return snapshots.stream()
                .filter(snapshot -> snapshot.layers().contains(run.layers().getFirst()))
                .toList();
    }

    /** @param snapshots that have these layers */
    private Compacted compact(LayerRun run, List<Manifest> snapshots, Compactions.Found known, PageProgress progress) {
        var one = snapshots.getFirst();
        long pageCount = snapshots.stream().mapToLong(Manifest::pageCount).max().orElseThrow();
        var opened = new ArrayList<LayerReader>();
        try (var use = inUse.begin(one.databaseId())) {
            for (var layer : run.layers()) {
                use.add(layer.id());
                opened.add(LayerReader.open(vault, indexes, one, layer));
            }
            if (!run.isWorthCompacting(distinctPages(opened, one.pageSize(), pageCount), pageCount)
                    || !hasRoomFor(run)) {
                return Compacted.NOTHING;
            }
            var into = put(opened, one, pageCount, use, progress);
            requireSame(opened, into, one, pageCount, progress);
            // Dying before this leaves a layer that nobody names; behind it, layers that nobody needs: either goes when
            // the grace is over.
            return publish(run, into, one, known);
        } finally {
            LayerPages.closeAll(opened);
        }
    }

    private static long distinctPages(List<LayerReader> layers, int pageSize, long pageCount) {
        var newest = new NewestPages(layers, pageCount);
        int capacity = Block.pagesPerBlock(pageSize);
        var stretch = new Stretch(capacity);
        long distinct = 0;
        for (long first = 1; first <= pageCount; first += capacity) {
            newest.find(first, (int) Math.min(capacity, pageCount - first + 1), stretch);
            for (int i = 0; i < stretch.pages(); i++) {
                distinct += stretch.has(i) ? 1 : 0;
            }
        }
        return distinct;
    }

    private boolean hasRoomFor(LayerRun run) {
        return vault.storage().freeBytes() > ROOM * run.bytes();
    }

    private LayerRef put(
            List<LayerReader> opened, Manifest one, long pageCount, LayersInUse.Use use, PageProgress progress) {
        var header = new LayerHeader(one.databaseId(), UUID.randomUUID(), one.pageSize());
        try (var merged = Merge.run(opened, header, pageCount, vault, progress).orElseThrow()) {
            use.add(header.layerId()); // before it has a name by which a sweep would find it
            if (!merged.object().put(ObjectKeys.layer(one.databaseId(), header.layerId()))) {
                throw new IllegalStateException("There is a layer %s already".formatted(header.layerId()));
            }
            return merged.layer();
        }
    }

    /** What is to take the place of others for all snapshots is read back first, and compared with them. */
    private void requireSame(
            List<LayerReader> opened, LayerRef into, Manifest one, long pageCount, PageProgress progress) {
        try (var stored = LayerReader.openToReadBack(vault, one, into)) {
            StoredProof.requireWritten(List.of(stored), progress);
            int capacity = Block.pagesPerBlock(one.pageSize());
            var before = new NewestPages(opened, pageCount);
            var now = new NewestPages(List.of(stored), pageCount);
            var stretchBefore = new Stretch(capacity);
            var stretchNow = new Stretch(capacity);
            for (long first = 1; first <= pageCount; first += capacity) {
                int pages = (int) Math.min(capacity, pageCount - first + 1);
                before.find(first, pages, stretchBefore);
                now.find(first, pages, stretchNow);
                if (!stretchBefore.hasSamePages(stretchNow)) {
                    throw stored.damaged("it has other pages than the layers that it was made of", null);
                }
            }
        }
    }

    /** Does nothing when another process has compacted some of the same layers, or when it slept so long that others may have deleted what had no name yet. */
    private Compacted publish(LayerRun run, LayerRef into, Manifest one, Compactions.Found known) {
        var compaction = new Compaction(
                one.databaseId(), run.layers().stream().map(LayerRef::id).toList(), into);
        if (!layers.isThere(one.databaseId(), into) || !compactions.put(compaction)) {
            return Compacted.NOTHING;
        }
        if (isAlone(compaction, known) && layers.isThere(one.databaseId(), into)) {
            return new Compacted(run.bytes(), into.bytes() + compactions.bytes(compaction));
        }
        compactions.delete(one.databaseId(), List.of(compaction.first()));
        return Compacted.NOTHING;
    }

    /** Of two compactions of one layer, each could have the other's layers deleted. */
    private boolean isAlone(Compaction compaction, Compactions.Found known) {
        return compactions.find(compaction.databaseId()).byFirst().values().stream()
                .filter(other -> !other.equals(compaction) && !known.byFirst().containsValue(other))
                .allMatch(other -> Collections.disjoint(other.layers(), compaction.layers()));
    }
}
