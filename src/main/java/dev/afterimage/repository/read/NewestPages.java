package dev.afterimage.repository.read;

import java.util.List;

/**
 * The pages of a database across ordered layers, of which a later one has the newer version of a page. Nearly all its memory
 * is one page list per layer. For one thread at a time.
 */
public final class NewestPages {

    private final List<LayerCursor> cursors;
    private final long pageCount;

    /** @param pageCount pages of the database; what the layers have behind them is ignored */
    public NewestPages(List<? extends LayerPages> layers, long pageCount) {
        this.cursors = layers.stream().map(LayerCursor::new).toList();
        this.pageCount = pageCount;
    }

    /** Finds the newest versions of the pages from {@code firstPage} on. */
    public void find(long firstPage, int pages, Stretch target) {
        target.begin(firstPage, pages);
        long lastPage = Math.min(target.lastPage(), pageCount);
        for (int layer = 0; layer < cursors.size(); layer++) {
            var cursor = cursors.get(layer);
            for (cursor.seek(firstPage); !cursor.atEnd() && cursor.page() <= lastPage; cursor.next()) {
                target.put(layer, cursor);
            }
        }
    }
}
