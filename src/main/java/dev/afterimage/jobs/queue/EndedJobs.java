package dev.afterimage.jobs.queue;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Columns;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.databases.VisibleDatabases;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** How many jobs have ended how, hour by hour. What ended in an hour that is over is counted once. */
@Component
public class EndedJobs {

    /** In memory: a day of so many callers that see different databases. */
    private static final int MOST_HOURS = 24 * 50;

    /**
     * Jobs that ended alike.
     *
     * @param hour its beginning
     */
    public record Count(Instant hour, JobKind kind, JobState state, long jobs) {}

    /** @param names of the databases that existed for somebody when it was counted; null for all */
    private record Hour(@Nullable Set<String> names, Instant begin) {}

    private final Catalog catalog;
    private final Databases databases;
    private final Clock clock;
    private final Map<Hour, List<Count>> counted = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Hour, List<Count>> eldest) {
            return size() > MOST_HOURS;
        }
    };

    public EndedJobs(Catalog catalog, Databases databases, Clock clock) {
        this.catalog = catalog;
        this.databases = databases;
        this.clock = clock;
    }

    /** In the present hour and as many before it as make {@code hours}, those of whose databases exist for somebody; oldest first. */
    public List<Count> last(int hours, VisibleDatabases visible) {
        var names = visible.limited() ? databases.names(visible) : null;
        var present = clock.instant().truncatedTo(ChronoUnit.HOURS);
        var all = new ArrayList<Count>();
        for (int ago = hours - 1; ago > 1; ago--) {
            all.addAll(over(new Hour(names, present.minus(Duration.ofHours(ago))), visible));
        }
        all.addAll(
                count(present.minus(Duration.ofHours(1)), visible)); // what ended at its end may not be committed yet
        all.addAll(count(present, visible));
        return all;
    }

    private List<Count> over(Hour hour, VisibleDatabases visible) {
        synchronized (counted) {
            var before = counted.get(hour);
            if (before != null) {
                return before;
            }
        }
        var now = count(hour.begin(), visible);
        synchronized (counted) {
            counted.put(hour, now);
        }
        return now;
    }

    private List<Count> count(Instant hour, VisibleDatabases visible) {
        return catalog
                .query(
                        "SELECT kind, state, count(*) AS jobs FROM job WHERE finished_at >= :begin AND finished_at < :end\n"
                                + (visible.limited() ? "AND " + JobRow.VISIBLE : "")
                                + "GROUP BY kind, state ORDER BY kind, state")
                .params(parameters(hour, visible))
                .query((row, number) -> {
                    var kind = Columns.readOrNull(row.getString("kind"), JobKind::valueOf);
                    var state = Columns.readOrNull(row.getString("state"), JobState::valueOf);
                    return kind == null || state == null // of another version
                            ? Optional.<Count>empty()
                            : Optional.of(new Count(hour, kind, state, row.getLong("jobs")));
                })
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    private Map<String, @Nullable Object> parameters(Instant hour, VisibleDatabases visible) {
        var parameters = new HashMap<String, @Nullable Object>();
        parameters.put("begin", hour.toEpochMilli());
        parameters.put("end", hour.plus(Duration.ofHours(1)).toEpochMilli());
        if (visible.limited()) {
            parameters.put("visible", visible.json(catalog));
        }
        return parameters;
    }
}
