package dev.afterimage.repository.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.repository.format.Manifest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerRangeTests {

    @Test
    void cheapestToMergeWhenLayersAreAlikeTakesAllButTheFullOne() {
        assertThat(LayerRange.cheapestToMerge(List.of(1000L, 10L, 10L, 10L, 10L), 1))
                .isEqualTo(new LayerRange(1, 5));
    }

    @Test
    void cheapestToMergeWhenAMergedLayerIsLargeLeavesItAlone() {
        assertThat(LayerRange.cheapestToMerge(List.of(1000L, 90L, 10L, 12L, 9L), 1))
                .isEqualTo(new LayerRange(2, 5));
    }

    @Test
    void cheapestToMergeWhenMoreMustGoTakesMore() {
        assertThat(LayerRange.cheapestToMerge(List.of(1000L, 90L, 10L, 12L), 1)).isEqualTo(new LayerRange(2, 4));
        assertThat(LayerRange.cheapestToMerge(List.of(1000L, 90L, 10L, 12L), 2)).isEqualTo(new LayerRange(1, 4));
        assertThat(LayerRange.cheapestToMerge(List.of(1000L, 90L, 10L, 12L), 3)).isEqualTo(new LayerRange(0, 4));
    }

    @Test
    void cheapestToMergeWhenTheFullLayerIsSmallTakesIt() {
        assertThat(LayerRange.cheapestToMerge(List.of(11L, 10L, 10L, 10L), 1)).isEqualTo(new LayerRange(0, 4));
    }

    @Test
    void cheapestToMergeWhenSoManyCannotGoIsRefused() {
        assertThatThrownBy(() -> LayerRange.cheapestToMerge(List.of(1L, 1L), 2))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** The numbers that the format's document gives for merges while layers that are all of one size are added. */
    @Test
    void cheapestToMergeWhenLayersAreAddedForLongWritesAsLittleAsDocumented() {
        assertThat(mergedPerNew(100)).isBetween(0.6, 0.65);
        assertThat(mergedPerNew(365)).isBetween(0.95, 1.05);
        assertThat(mergedPerNew(5000)).isBetween(1.35, 1.45);
    }

    private static double mergedPerNew(int snapshots) {
        long full = 10_000;
        long added = 10;
        long merged = 0;
        var sizes = new ArrayList<>(List.of(full));
        for (int i = 0; i < snapshots; i++) {
            if (sizes.size() == Manifest.MAX_LAYERS) {
                var range = LayerRange.cheapestToMerge(sizes, 1);
                var replaced = sizes.subList(range.from(), range.to());
                long size = Math.min(
                        full, replaced.stream().mapToLong(Long::longValue).sum());
                replaced.clear();
                sizes.add(range.from(), size);
                merged += size;
            }
            sizes.add(added);
        }
        return (double) merged / (snapshots * added);
    }
}
