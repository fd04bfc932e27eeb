package dev.afterimage.api.schedules;

import dev.afterimage.api.http.Cursor;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.PageQuery;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.schedule.Schedule;
import dev.afterimage.schedule.ScheduleKind;
import dev.afterimage.schedule.ScheduleRuns;
import dev.afterimage.schedule.Schedules;
import org.springframework.stereotype.Component;

/** Describes how far schedules have come. */
@Component
class ScheduleDescriptions {

    private final Databases databases;
    private final Schedules schedules;
    private final ScheduleRuns runs;

    ScheduleDescriptions(Databases databases, Schedules schedules, ScheduleRuns runs) {
        this.databases = databases;
        this.schedules = schedules;
        this.runs = runs;
    }

    ScheduleStanding standing(Database database, Schedule schedule) {
        return new ScheduleStanding(
                database.name(),
                schedules.nextRun(database.id(), schedule).orElse(null),
                runs.last(database.id(), schedule.work().kind())
                        .map(ScheduleRunJson::of)
                        .orElse(null));
    }

    Listing<ScheduleRunJson> runs(String database, ScheduleKind kind, PageQuery part) {
        var page = runs.list(databases.get(database).id(), kind, Cursor.id(part.cursor()), part.limit());
        return Listing.of(page, ScheduleRunJson::of);
    }
}
