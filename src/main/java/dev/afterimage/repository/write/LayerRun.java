package dev.afterimage.repository.write;

import dev.afterimage.repository.format.LayerRef;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Adjacent layers that snapshots have all of them or none: no snapshot needs a page of one that another of them has newer.
 *
 * @param layers at least two, the oldest first
 */
record LayerRun(List<LayerRef> layers) {

    /** Of what is written, so much must go with it; {@code bench/year} says what other shares cost. */
    private static final double LEAST_FREED = 0.10;

    /** Of the database, so much must go: else small layers are written anew day after day. */
    private static final double LEAST_FREED_OF_DATABASE = 0.02;

    LayerRun {
        layers = List.copyOf(layers);
    }

    /**
     * The longest of them.
     *
     * @param snapshots the layers of each, in its order
     */
    static List<LayerRun> of(List<List<LayerRef>> snapshots) {
        var holders = holders(snapshots);
        var begun = new HashSet<UUID>();
        var runs = new ArrayList<LayerRun>();
        for (var layers : snapshots) {
            for (int from = 0, to; from < layers.size(); from = to) {
                to = endOfRun(layers, from, holders);
                if (to - from > 1 && begun.add(layers.get(from).id())) {
                    runs.add(new LayerRun(layers.subList(from, to)));
                }
            }
        }
        runs.removeIf(run -> !run.isTogetherIn(snapshots));
        return runs;
    }

    /** Which snapshots have a layer; none counts as having one that it has twice. */
    private static Map<UUID, BitSet> holders(List<List<LayerRef>> snapshots) {
        var holders = new HashMap<UUID, BitSet>();
        Set<UUID> twice = new HashSet<>();
        for (int snapshot = 0; snapshot < snapshots.size(); snapshot++) {
            for (var layer : snapshots.get(snapshot)) {
                var of = holders.computeIfAbsent(layer.id(), _ -> new BitSet());
                if (of.get(snapshot)) {
                    twice.add(layer.id());
                }
                of.set(snapshot);
            }
        }
        holders.keySet().removeAll(twice);
        return holders;
    }

    private static int endOfRun(List<LayerRef> layers, int from, Map<UUID, BitSet> holders) {
        var of = holders.get(layers.get(from).id());
        int to = from + 1;
        while (of != null
                && to < layers.size()
                && of.equals(holders.get(layers.get(to).id()))) {
            to++;
        }
        return to;
    }

    private boolean isTogetherIn(List<List<LayerRef>> snapshots) {
        return snapshots.stream()
                .filter(snapshot -> snapshot.contains(layers.getFirst()))
                .allMatch(snapshot -> Collections.indexOfSubList(snapshot, layers) >= 0);
    }

    long pages() {
        return layers.stream().mapToLong(LayerRef::pages).sum();
    }

    long bytes() {
        return layers.stream().mapToLong(LayerRef::bytes).sum();
    }

    /**
     * Whether it is worth while to write it anew.
     *
     * @param distinct of its pages
     * @param pageCount of the database
     */
    boolean isWorthCompacting(long distinct, long pageCount) {
        long freed = pages() - distinct;
        return freed >= LEAST_FREED * distinct && freed >= LEAST_FREED_OF_DATABASE * pageCount;
    }
}
