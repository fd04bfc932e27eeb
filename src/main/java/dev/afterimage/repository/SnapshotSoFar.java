package dev.afterimage.repository;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a snapshot has while it is written: the layers of its parent, those that were added, and what they are together. */
final class SnapshotSoFar implements AutoCloseable {

    private final List<LayerReader> inherited;
    private final List<UnpublishedLayer> added = new ArrayList<>();
    private @Nullable DatabaseContent content;

    private SnapshotSoFar(List<LayerReader> inherited, @Nullable DatabaseContent content) {
        this.inherited = inherited;
        this.content = content;
    }

    static SnapshotSoFar nothing() {
        return new SnapshotSoFar(new ArrayList<>(), null);
    }

    /** @param layers of the parent, open; closed with this */
    static SnapshotSoFar of(Manifest parent, List<LayerReader> layers) {
        return new SnapshotSoFar(new ArrayList<>(layers), DatabaseContent.of(parent));
    }

    /** Has nothing any more if its pages are of another size: such layers cannot make one snapshot. */
    void keepOnly(int pageSize) {
        if (content != null && content.pageSize() != pageSize) {
            close();
            content = null;
        }
    }

    NewestPages pages() {
        var layers = new ArrayList<LayerPages>(inherited);
        layers.addAll(added);
        return new NewestPages(layers, content == null ? 0 : content.pageCount());
    }

    /** @param layer what of the content it did not have; nothing when it had all */
    void add(Optional<UnpublishedLayer> layer, DatabaseContent now) {
        layer.ifPresent(added::add);
        content = now.knowing(content);
    }

    List<LayerReader> inherited() {
        return inherited;
    }

    List<UnpublishedLayer> added() {
        return added;
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
        inherited.forEach(LayerReader::close);
        inherited.clear();
        added.forEach(UnpublishedLayer::close);
        added.clear();
    }
}
