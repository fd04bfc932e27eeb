package dev.afterimage.repository.write;

import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.repository.read.LayerPages;
import dev.afterimage.repository.read.LayerReader;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import java.util.UUID;

/** Merges without the rules of when it is worth while, for tests of the merge itself. */
public final class MergedLayers {

    private MergedLayers() {}

    /** Puts a layer that has of each page of a snapshot the newest version. */
    public static LayerRef put(Vault vault, Manifest snapshot) {
        var layers = LayerReader.openAll(vault, IndexCache.none(), snapshot);
        var header = new LayerHeader(snapshot.databaseId(), UUID.randomUUID(), snapshot.pageSize());
        try (var merged = Merge.run(layers, header, snapshot.pageCount(), vault, PageProgress.NONE)
                .orElseThrow()) {
            merged.object().put(ObjectKeys.layer(snapshot.databaseId(), header.layerId()));
            return merged.layer();
        } finally {
            LayerPages.closeAll(layers);
        }
    }
}
