package dev.afterimage.repository;

import java.util.List;

/**
 * Where a snapshot's pages are, stretch by stretch: all stretches begin at multiples of what a block holds, so that most of
 * them are one block of a full layer. For one thread at a time.
 */
final class SnapshotStretches {

    private final Manifest manifest;
    private final NewestPages newest;
    private final int capacity;

    /** @param layers of the snapshot, in the manifest's order; stay the caller's to close */
    SnapshotStretches(Manifest manifest, List<LayerReader> layers) {
        this.manifest = manifest;
        this.newest = new NewestPages(layers, manifest.pageCount());
        this.capacity = Block.pagesPerBlock(manifest.pageSize());
    }

    /** An empty one, with room for any of the snapshot. */
    Stretch newStretch() {
        return new Stretch(capacity);
    }

    /** The first page of the stretch that has a page. */
    long firstPageWith(long page) {
        return (page - 1) / capacity * capacity + 1;
    }

    /**
     * Finds the stretch that begins at a page.
     *
     * @param target becomes that stretch; of no page when this throws, since one of which not all layers could be asked has old
     *     versions of pages
     * @throws SnapshotDamagedException if a page list is not what was written, or no layer has a page
     */
    void find(long firstPage, Stretch target) {
        boolean found = false;
        try {
            newest.find(firstPage, (int) Math.min(capacity, manifest.pageCount() - firstPage + 1), target);
            requireAll(target);
            found = true;
        } finally {
            if (!found) {
                target.forget();
            }
        }
    }

    private void requireAll(Stretch stretch) {
        for (int i = 0; i < stretch.pages(); i++) {
            if (!stretch.has(i)) {
                throw new SnapshotDamagedException(
                        manifest.id(), null, "no layer has page %d".formatted(stretch.firstPage() + i), null);
            }
        }
    }
}
