package dev.afterimage.api.databases;

import static java.util.stream.Collectors.toMap;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Sightings;
import dev.afterimage.catalog.snapshots.DrillResult;
import dev.afterimage.catalog.snapshots.Drills;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Finds what was last taken of databases, and last restored as a proof: in three queries, whatever their number. */
@Component
class LastKnown {

    private final Snapshots snapshots;
    private final Sightings sightings;
    private final Drills drills;
    private final Clock clock;

    LastKnown(Snapshots snapshots, Sightings sightings, Drills drills, Clock clock) {
        this.snapshots = snapshots;
        this.sightings = sightings;
        this.drills = drills;
        this.clock = clock;
    }

    /** By the ids of databases, and the sightings by those of snapshots. What is not known is not in them. */
    record States(
            Map<UUID, Snapshot> snapshots, Map<UUID, Instant> sightings, Map<UUID, DrillResult> drills, Instant now) {

        @Nullable
        Snapshot newest(Database database) {
            return snapshots.get(database.id());
        }

        DatabaseJson.@Nullable LastSnapshot snapshot(Database database) {
            var snapshot = newest(database);
            return snapshot == null ? null : DatabaseJson.LastSnapshot.of(snapshot, sightings.get(snapshot.id()));
        }

        DatabaseJson.@Nullable LastDrill drill(Database database) {
            var drill = drills.get(database.id());
            return drill == null ? null : DatabaseJson.LastDrill.of(drill, now);
        }
    }

    States of(List<Database> databases) {
        var newest = snapshots.newest(databases);
        return new States(
                newest.stream().collect(toMap(Snapshot::databaseId, snapshot -> snapshot)),
                sightings.last(newest.stream().map(Snapshot::id).toList()),
                drills.last(databases).stream().collect(toMap(DrillResult::databaseId, drill -> drill)),
                clock.instant());
    }
}
