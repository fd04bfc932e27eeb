package dev.afterimage.catalog.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.databases.VisibleDatabases;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;

/** How SQLite goes through the snapshots for a list: along one index that has the order of the list, and only as far as it must. */
class SnapshotListTests {

    private static final UUID GROUP = UUID.randomUUID();
    private static final Snapshot.Verification PASSED = Snapshot.Verification.PASSED;
    private static final Instant MOMENT = Instant.parse("2026-01-01T00:00:00Z");
    private static final SnapshotPlace PLACE = new SnapshotPlace(MOMENT, UUID.randomUUID());

    @TempDir
    Path dir;

    private TestCatalog catalog;

    @BeforeEach
    void openCatalog() {
        catalog = new TestCatalog(dir.resolve("home"), dir, new TestClock());
    }

    @AfterEach
    void closeCatalog() {
        catalog.close();
    }

    static Stream<Arguments> filtersAndTheirIndexes() {
        return Stream.of(
                Arguments.of(filter(null, null, null, null), "snapshot_in_order"),
                Arguments.of(filter("orders", null, null, null), "snapshot_by_place"),
                Arguments.of(filter("orders", null, PASSED, null), "snapshot_by_place"),
                Arguments.of(filter("orders", null, PASSED, "env=prod"), "snapshot_by_place"),
                Arguments.of(filter("orders", GROUP, null, null), "snapshot_by_place"),
                Arguments.of(filter(null, GROUP, null, null), "snapshot_by_group"),
                Arguments.of(filter(null, GROUP, PASSED, "env"), "snapshot_by_group"),
                Arguments.of(filter(null, null, PASSED, null), "snapshot_by_verification"),
                Arguments.of(filter(null, null, null, "env"), "snapshot_label_by_key"),
                Arguments.of(filter(null, null, PASSED, "env"), "snapshot_label_by_key"),
                Arguments.of(filter(null, null, null, "env=prod"), "snapshot_label_by_value"));
    }

    private static SnapshotFilter filter(
            @Nullable String database,
            @Nullable UUID group,
            Snapshot.@Nullable Verification verification,
            @Nullable String label) {
        return new SnapshotFilter(database, group, verification, null, null, label);
    }

    @ParameterizedTest
    @MethodSource("filtersAndTheirIndexes")
    void planWhateverTheFilterSortsNothing(SnapshotFilter filter, String index) {
        assertThat(plan(new SnapshotList(filter, null))).contains(index).doesNotContain("TEMP B-TREE");
        var deep = plan(new SnapshotList(filter, PLACE));
        assertThat(deep).as("it begins at the place").contains(index).containsPattern("ordered_at.*<");
        assertThat(deep).doesNotContain("TEMP B-TREE");
        var between = new SnapshotFilter(
                filter.database(),
                filter.group(),
                filter.verification(),
                MOMENT,
                MOMENT.plusSeconds(1),
                filter.label());
        assertThat(plan(new SnapshotList(between, null)))
                .contains(index)
                .containsPattern("ordered_at>\\? AND ordered_at<\\?")
                .doesNotContain("TEMP B-TREE");
    }

    @ParameterizedTest
    @EnumSource(names = {"UNVERIFIED", "FAILED"})
    @NullSource
    void planOfACallerWhoSeesSomeDatabasesLooksAtThoseOnly(Snapshot.@Nullable Verification verification) {
        var filter = filter(null, null, verification, null).within(new VisibleDatabases(List.of("orders")));
        for (var place : Arrays.asList(null, PLACE)) {
            assertThat(plan(new SnapshotList(filter, place)))
                    .contains("snapshot_by_place (database_id=?")
                    .doesNotContain("snapshot_in_order", "snapshot_by_verification");
        }
    }

    private String plan(SnapshotList list) {
        var values = new HashMap<>(list.values());
        values.put("visible", "[\"orders\"]");
        values.put("limit", 51);
        return catalog.plan(list.sql(), values);
    }
}
