package dev.afterimage.repository.write;

import java.util.List;

/**
 * Adjacent layers of a snapshot.
 *
 * @param from the first, counted from 0
 * @param to behind the last
 */
record LayerRange(int from, int to) {

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
