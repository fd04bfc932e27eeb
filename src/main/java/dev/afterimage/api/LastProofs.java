package dev.afterimage.api;

import dev.afterimage.catalog.Database;
import dev.afterimage.catalog.Drills;
import dev.afterimage.catalog.Sightings;
import dev.afterimage.catalog.Snapshot;
import dev.afterimage.catalog.Snapshots;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Describes what was last taken of databases, and last restored as a proof. */
@Component
class LastProofs {

    private final Snapshots snapshots;
    private final Sightings sightings;
    private final Drills drills;
    private final Clock clock;

    LastProofs(Snapshots snapshots, Sightings sightings, Drills drills, Clock clock) {
        this.snapshots = snapshots;
        this.sightings = sightings;
        this.drills = drills;
        this.clock = clock;
    }

    @Nullable
    Snapshot newest(Database database) {
        return snapshots.newest(database.id()).orElse(null);
    }

    DatabaseJson.@Nullable LastSnapshot snapshot(Database database) {
        return snapshots
                .newest(database.id())
                .map(snapshot -> DatabaseJson.LastSnapshot.of(
                        snapshot, sightings.last(snapshot.id()).orElse(null)))
                .orElse(null);
    }

    DatabaseJson.@Nullable LastDrill drill(Database database) {
        return drills.last(database.id())
                .map(drill -> DatabaseJson.LastDrill.of(drill, clock.instant()))
                .orElse(null);
    }
}
