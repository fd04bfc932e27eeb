package dev.afterimage.repository.write;

import dev.afterimage.repository.format.LayerRef;
import java.util.List;
import java.util.Optional;

/**
 * Adjacent layers of a snapshot.
 *
 * @param from the first, counted from 0
 * @param to behind the last
 */
record LayerRange(int from, int to) {

    /** Of the pages of the database: with so many in its layers, half of them at least are there for older snapshots alone. */
    private static final int MUCH = 2;

    /**
     * The layers that are stored as one for the last snapshot of a span: those that have come since it began, but never the first, which is
     * mostly the whole database; all, when the span is the longest and they have much more pages than the database.
     *
     * @param layers of the snapshot's parent, in their order
     * @param pageCount of the database
     * @return nothing where that is no more than one
     */
    static Optional<LayerRange> sinceBeginOf(SpanEnd span, List<LayerRef> layers, long pageCount) {
        long pages = layers.stream().mapToLong(LayerRef::pages).sum();
        int from = span.longest() && pages >= MUCH * pageCount ? 0 : 1;
        for (int i = from; from > 0 && i < layers.size(); i++) {
            if (span.older().contains(layers.get(i).id())) {
                from = i + 1;
            }
        }
        return layers.size() - from > 1 ? Optional.of(new LayerRange(from, layers.size())) : Optional.empty();
    }

    /**
     * The layers to merge into one where there are too many: those for which the bytes written, divided by the square of how many layers there are then less,
     * are the least. By the square, because what is merged together is all the longer left alone; without it, a layer would
     * grow by merging with one new layer each time. {@code docs/repository-format.md}, "Merging", tells what the rule costs.
     *
     * @param bytes sizes of the layers, in their order
     * @param fewer how many layers less there must be, 1 to one less than there are
     */
    static LayerRange cheapestToMerge(List<Long> bytes, int fewer) {
        LayerRange cheapest = null;
        double lowest = Double.POSITIVE_INFINITY;
        for (int from = 0; from < bytes.size(); from++) {
            double written = bytes.get(from);
            for (int to = from + 1; to < bytes.size(); to++) {
                written += bytes.get(to);
                int saved = to - from;
                if (saved >= fewer && written / saved / saved < lowest) {
                    lowest = written / saved / saved;
                    cheapest = new LayerRange(from, to + 1);
                }
            }
        }
        if (cheapest == null) {
            throw new IllegalArgumentException("%d layers cannot be %d fewer".formatted(bytes.size(), fewer));
        }
        return cheapest;
    }
}
