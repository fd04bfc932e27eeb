package dev.afterimage.repository.write;

import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.read.LayerPages;
import dev.afterimage.repository.read.LayerReader;
import dev.afterimage.repository.read.NewestPages;
import dev.afterimage.repository.read.UnpublishedLayer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot has while it is written: the layers of its parent, then those that were added, and what they are together.
 */
public final class SnapshotSoFar implements AutoCloseable {

    private final List<LayerPages> layers;
    private @Nullable UUID parent;
    private @Nullable DatabaseContent content;

    private SnapshotSoFar(List<LayerPages> layers, @Nullable UUID parent, @Nullable DatabaseContent content) {
        this.layers = layers;
        this.parent = parent;
        this.content = content;
    }

    public static SnapshotSoFar nothing() {
        return new SnapshotSoFar(new ArrayList<>(), null, null);
    }

    /** @param layers of the parent, open; closed with this */
    public static SnapshotSoFar of(Manifest parent, List<LayerReader> layers) {
        return new SnapshotSoFar(new ArrayList<>(layers), parent.id(), DatabaseContent.of(parent));
    }

    /** Has nothing any more if its pages are of another size: such layers cannot make one snapshot. */
    void keepOnly(int pageSize) {
        if (content != null && content.pageSize() != pageSize) {
            close();
            parent = null;
            content = null;
        }
    }

    /** The snapshot whose layers it began with, if it still has them. */
    @Nullable
    UUID parent() {
        return parent;
    }

    NewestPages pages() {
        return new NewestPages(layers, content == null ? 0 : content.pageCount());
    }

    /** @param layer what of the content it did not have; nothing when it had all */
    void add(Optional<UnpublishedLayer> layer, DatabaseContent now) {
        layer.ifPresent(layers::add);
        content = now.knowing(content);
    }

    /** The layers that were its parent's; all others come after them. */
    List<LayerReader> inherited() {
        return layers.stream()
                .filter(LayerReader.class::isInstance)
                .map(LayerReader.class::cast)
                .toList();
    }

    /** Has one layer, or none where nothing in them counts any more, in place of several. */
    void replace(LayerRange range, Optional<UnpublishedLayer> merged) {
        var place = layers.subList(range.from(), range.to());
        var replaced = List.copyOf(place);
        place.clear();
        merged.ifPresent(
                layer -> layers.add(range.from(), layer)); // from here on it is closed with this, whatever happens
        LayerPages.closeAll(replaced);
    }

    List<LayerPages> layers() {
        return layers;
    }

    /** @throws IllegalStateException if it has no pages */
    DatabaseContent content() {
        if (content == null) {
            throw new IllegalStateException("no pages were added");
        }
        return content;
    }

    @Override
    public void close() {
        var all = List.copyOf(layers);
        layers.clear();
        LayerPages.closeAll(all);
    }
}
