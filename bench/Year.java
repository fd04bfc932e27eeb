package dev.afterimage.repository.write;

import dev.afterimage.catalog.snapshots.Span;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/**
 * Hourly backups of a database for a year, as sets of page numbers: no byte is written. What is merged is for the service's own
 * {@link LayerRange}, {@link LayerRun} and {@link Span} to say, which is why this is in its package. Bytes are counted in pages, all alike. See bench/README.md.
 */
final class Year {

    private static final int SECOND_DAY = 30;
    private static final int HOURS_PER_SAMPLE = 25; // each sample at another hour of the day

    /** Pages that one backup stored, or that a merge put together. */
    private record Layer(BitSet pages, LayerRef ref) {

        Layer(BitSet pages) {
            this(pages, new LayerRef(UUID.randomUUID(), 1 << 20, 1 << 10, "0".repeat(64), pages.cardinality()));
        }

        long size() {
            return ref.pages();
        }
    }

    /** @param versions of each page, the number of the backup that stored it */
    private record Snapshot(Instant at, List<Layer> layers, int[] versions) {

        List<LayerRef> refs() {
            return layers.stream().map(Layer::ref).toList();
        }
    }

    /** Which pages change before each backup. */
    private enum Churn {
        RANDOM {
            @Override
            BitSet changed(Random random, int pages, int pagesAtFirst) {
                var changed = new BitSet();
                while (changed.cardinality() < pagesAtFirst / 100) {
                    changed.set(random.nextInt(pages));
                }
                return changed;
            }

            @Override
            int grown(int pages) {
                return pages;
            }
        },
        /** Of as many writes, four in five go to one page in a hundred; and it grows by 0.01 % of its first size. */
        SKEWED {
            @Override
            BitSet changed(Random random, int pages, int pagesAtFirst) {
                var changed = new BitSet();
                for (int write = 0; write < pagesAtFirst / 100; write++) {
                    boolean hot = write % 5 != 0;
                    changed.set(hot ? random.nextInt(pagesAtFirst / 100) * 97 : random.nextInt(pages));
                }
                return changed;
            }

            @Override
            int grown(int pages) {
                return pages + 1;
            }
        };

        abstract BitSet changed(Random random, int pages, int pagesAtFirst);

        /** @return pages an hour later, where there were 10,000 at first */
        abstract int grown(int pages);
    }

    /** Of how many spans the newest snapshot is kept. */
    private static final Map<Span, Integer> KEPT = new EnumMap<>(Map.of(Span.HOUR, 24, Span.DAY, 14, Span.WEEK, 8, Span.MONTH, 12));

    private static final int PAGES = 10_000;

    private final Churn churn;
    private final Random random = new Random(1);
    private final List<Snapshot> kept = new ArrayList<>();
    private int[] versions = new int[PAGES];
    private final Map<UUID, Layer> layers = new HashMap<>();
    private List<Layer> newest = List.of();
    private long changed;
    private long merged;
    private int mostLayers;

    private Year(Churn churn) {
        this.churn = churn;
    }

    public static void main(String[] arguments) {
        int hours = Integer.parseInt(arguments[0]);
        System.out.println("| pages | changed, ÷ first size | merged ÷ changed | after 30: added ÷ changed "
                + "| stored at the end, ÷ first size | needed at least | stored ÷ needed: end | mean | highest | most layers |");
        System.out.println("|---".repeat(10) + "|");
        for (var churn : Churn.values()) {
            new Year(churn).run(hours);
        }
    }

    private void run(int hours) {
        var start = Instant.parse("2024-01-01T00:00:00Z");
        double afterSome = 0;
        double sum = 0;
        double highest = 0;
        int samples = 0;
        for (int hour = 0; hour <= hours; hour++) {
            backUp(hour, start.plus(Duration.ofHours(hour)));
            retain();
            if (hour % 24 == 0) {
                compact();
            }
            if (hour == SECOND_DAY) {
                afterSome = (double) (changed + merged) / changed;
            }
            if (hour % HOURS_PER_SAMPLE == 0) {
                double ratio = (double) stored() / needed();
                sum += ratio;
                highest = Math.max(highest, ratio);
                samples++;
            }
        }
        System.out.printf(
                "| %s | %.1f | %.2f | %.2f | %.1f | %.1f | %.2f | %.2f | %.2f | %d |%n",
                churn.name().toLowerCase(),
                (double) changed / PAGES,
                (double) merged / changed,
                afterSome,
                (double) stored() / PAGES,
                (double) needed() / PAGES,
                (double) stored() / needed(),
                sum / samples,
                highest,
                mostLayers);
    }

    private void backUp(int number, Instant at) {
        int before = number == 0 ? 0 : versions.length;
        int pages = number == 0 ? PAGES : churn.grown(before);
        var written = number == 0 ? new BitSet() : churn.changed(random, before, PAGES);
        written.set(before, pages);
        versions = Arrays.copyOf(versions, pages);
        written.stream().forEach(page -> versions[page] = number);
        var layers = mergedWhereMany(new ArrayList<>(newest));
        layers.add(known(new Layer(written)));
        newest = layers;
        changed += number == 0 ? 0 : written.cardinality();
        mostLayers = Math.max(mostLayers, layers.size());
        kept.add(new Snapshot(at, layers, versions.clone()));
    }

    private static Instant begin(Span span, Instant at) {
        return span.begin(at, ZoneOffset.UTC);
    }

    private Layer known(Layer layer) {
        layers.put(layer.ref().id(), layer);
        return layer;
    }

    private List<Layer> mergedWhereMany(List<Layer> layers) {
        if (layers.size() + 1 > Manifest.MAX_LAYERS) {
            merge(
                    layers,
                    LayerRange.cheapestToMerge(
                            layers.stream().map(Layer::size).toList(), layers.size() + 1 - Manifest.MAX_LAYERS));
        }
        return layers;
    }

    /** What {@code Compactor} does, and {@code DailyCompaction} when snapshots went. */
    private void compact() {
        for (var run : LayerRun.of(kept.stream().map(Snapshot::refs).toList())) {
            var together = new BitSet();
            run.layers().forEach(layer -> together.or(layers.get(layer.id()).pages()));
            if (run.isWorthCompacting(together.cardinality(), versions.length)) {
                replace(run, new Layer(together));
            }
        }
    }

    private void replace(LayerRun run, Layer into) {
        layers.put(into.ref().id(), into);
        merged += into.size();
        for (var snapshot : kept) {
            int from = Collections.indexOfSubList(snapshot.refs(), run.layers());
            if (from >= 0) {
                var place = snapshot.layers().subList(from, from + run.layers().size());
                place.clear();
                place.add(into);
            }
        }
    }

    private void merge(List<Layer> layers, LayerRange range) {
        var some = layers.subList(range.from(), range.to());
        var together = new BitSet();
        some.forEach(layer -> together.or(layer.pages()));
        some.clear();
        layers.add(range.from(), known(new Layer(together)));
        merged += together.cardinality();
    }

    private void retain() {
        Set<Snapshot> stay = Collections.newSetFromMap(new IdentityHashMap<>());
        KEPT.forEach((span, count) -> {
            var seen = new HashSet<Instant>();
            for (var snapshot : kept.reversed()) {
                if (seen.size() < count && seen.add(begin(span, snapshot.at()))) {
                    stay.add(snapshot);
                }
            }
        });
        kept.removeIf(snapshot -> !stay.contains(snapshot));
    }

    private long stored() {
        Set<Layer> layers = Collections.newSetFromMap(new IdentityHashMap<>());
        kept.forEach(snapshot -> layers.addAll(snapshot.layers()));
        return layers.stream().mapToLong(Layer::size).sum();
    }

    /** Versions of pages that any of the kept snapshots has, each counted once. */
    private long needed() {
        long needed = 0;
        var before = new int[0];
        for (var snapshot : kept) {
            var now = snapshot.versions();
            for (int page = 0; page < now.length; page++) {
                if (page >= before.length || now[page] != before[page]) {
                    needed++;
                }
            }
            before = now;
        }
        return needed;
    }
}
