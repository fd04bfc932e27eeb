package dev.afterimage.repository.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.repository.format.LayerRef;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LayerRunTests {

    private static List<LayerRef> layers(int... numbers) {
        return Arrays.stream(numbers)
                .mapToObj(number -> new LayerRef(new UUID(0, number), 10_000, 1_000, "0".repeat(64), 100))
                .toList();
    }

    private static List<List<LayerRef>> runs(List<List<LayerRef>> snapshots) {
        return LayerRun.of(snapshots).stream().map(LayerRun::layers).toList();
    }

    @Test
    void ofWhenASnapshotHasPartOfThemEndsTheRunThere() {
        var runs = runs(List.of(layers(1, 2), layers(1, 2, 3, 4, 5), layers(1, 2, 3, 4, 5, 6)));

        assertThat(runs).containsExactly(layers(1, 2), layers(3, 4, 5));
    }

    @Test
    void ofWhenThereIsOneSnapshotHasAllOfItsLayers() {
        assertThat(runs(List.of(layers(1, 2, 3)))).containsExactly(layers(1, 2, 3));
        assertThat(runs(List.of(layers(1)))).isEmpty();
        assertThat(runs(List.of())).isEmpty();
    }

    @Test
    void ofWhenLayersAreApartInASnapshotLeavesThem() {
        assertThat(runs(List.of(layers(1, 2), layers(1, 9, 2)))).isEmpty();
        assertThat(runs(List.of(layers(1, 2), layers(2, 1)))).isEmpty();
    }

    @Test
    void ofWhenASnapshotHasALayerTwiceLeavesIt() {
        assertThat(runs(List.of(layers(1, 2, 1, 3, 4)))).containsExactly(layers(3, 4));
    }

    @Test
    void isWorthCompactingWhenATenthOfWhatIsWrittenGoes() {
        var run = new LayerRun(layers(1, 2)); // of 200 pages

        assertThat(run.isWorthCompacting(181, 200)).isTrue();
        assertThat(run.isWorthCompacting(182, 200)).isFalse();
        assertThat(run.isWorthCompacting(100, 5000)).isTrue();
        assertThat(run.isWorthCompacting(100, 5001)).isFalse();
    }
}
