package dev.afterimage.repository.write;

import dev.afterimage.repository.format.Manifest;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

/**
 * Hourly backups of a database for a year, as sets of page numbers: no byte is written. What is merged is for the service's own
 * {@link LayerRange} to say, which is why this is in its package. Bytes are counted in pages, all alike. See bench/README.md.
 */
final class Year {

    private static final int SECOND_DAY = 30;
    private static final int HOURS_PER_SAMPLE = 25; // each sample at another hour of the day

    /** Pages that one backup stored, or that a merge put together. */
    private record Layer(BitSet pages, long size) {

        Layer(BitSet pages) {
            this(pages, pages.cardinality());
        }
    }

    /** @param versions of each page, the number of the backup that stored it */
    private record Snapshot(ZonedDateTime at, List<Layer> layers, int[] versions) {}

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

    /** As {@code RetentionPolicy} keeps: the newest snapshot of each of the most recent spans. */
    private enum Span {
        HOUR(24, at -> at),
        DAY(14, ZonedDateTime::toLocalDate),
        WEEK(8, at -> List.of(at.get(IsoFields.WEEK_BASED_YEAR), at.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR))),
        MONTH(12, at -> List.of(at.getYear(), at.getMonth()));

        private final int count;
        private final Function<ZonedDateTime, Object> of;

        Span(int count, Function<ZonedDateTime, Object> of) {
            this.count = count;
            this.of = of;
        }

        void keep(List<Snapshot> oldestFirst, Set<Snapshot> kept) {
            var seen = new HashSet<>();
            for (var snapshot : oldestFirst.reversed()) {
                if (seen.size() < count && seen.add(of.apply(snapshot.at()))) {
                    kept.add(snapshot);
                }
            }
        }
    }

    private static final int PAGES = 10_000;

    private final Churn churn;
    private final Random random = new Random(1);
    private final List<Snapshot> kept = new ArrayList<>();
    private int[] versions = new int[PAGES];
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
        var start = ZonedDateTime.of(2024, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);
        double afterSome = 0;
        double sum = 0;
        double highest = 0;
        int samples = 0;
        for (int hour = 0; hour <= hours; hour++) {
            backUp(hour, start.plusHours(hour));
            retain();
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

    private void backUp(int number, ZonedDateTime at) {
        int before = number == 0 ? 0 : versions.length;
        int pages = number == 0 ? PAGES : churn.grown(before);
        var written = number == 0 ? new BitSet() : churn.changed(random, before, PAGES);
        written.set(before, pages);
        versions = Arrays.copyOf(versions, pages);
        written.stream().forEach(page -> versions[page] = number);
        var layers = mergedWhereMany();
        layers.add(new Layer(written));
        newest = layers;
        changed += number == 0 ? 0 : written.cardinality();
        mostLayers = Math.max(mostLayers, layers.size());
        kept.add(new Snapshot(at, layers, versions.clone()));
    }

    private List<Layer> mergedWhereMany() {
        var layers = new ArrayList<>(newest);
        if (layers.size() + 1 > Manifest.MAX_LAYERS) {
            var range = LayerRange.cheapestToMerge(
                    layers.stream().map(Layer::size).toList(), layers.size() + 1 - Manifest.MAX_LAYERS);
            var some = layers.subList(range.from(), range.to());
            var together = new BitSet();
            some.forEach(layer -> together.or(layer.pages()));
            some.clear();
            layers.add(range.from(), new Layer(together));
            merged += together.cardinality();
        }
        return layers;
    }

    private void retain() {
        Set<Snapshot> stay = Collections.newSetFromMap(new IdentityHashMap<>());
        for (var span : Span.values()) {
            span.keep(kept, stay);
        }
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
