package dev.afterimage.schedule;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.stereotype.Component;

/** The schedules of databases, and the default ones of those that have none of their own. */
@Component
public class Schedules {

    /** Stands for all databases without a row of their own. */
    private static final String DEFAULT = "";

    /** After so long it is told again that a schedule could not be run because nobody can read it. */
    private static final Duration UNREADABLE_AGAIN = Duration.ofHours(1);

    private static final String OF_DATABASE = """
            SELECT * FROM schedule WHERE kind = :kind AND database_id IN (:databaseId, '')
            ORDER BY database_id DESC LIMIT 1
            """;

    private final Catalog catalog;
    private final NextRuns nextRuns;
    private final Clock clock;

    Schedules(Catalog catalog, NextRuns nextRuns, Clock clock) {
        this.catalog = catalog;
        this.nextRuns = nextRuns;
        this.clock = clock;
    }

    /**
     * The database's own, else the default.
     *
     * @throws Unreadable when this version cannot read it
     */
    public Optional<Schedule> find(UUID databaseId, ScheduleKind kind) {
        return read(catalog.query(OF_DATABASE), databaseId.toString(), kind);
    }

    /** @throws ProblemException SCHEDULE_NOT_FOUND when the database has none of its own, and there is no default */
    public Schedule get(Database database, ScheduleKind kind) {
        return find(database.id(), kind).orElseThrow(() -> notFound(database, kind));
    }

    /** @throws ProblemException SCHEDULE_NOT_FOUND when there is none */
    public Schedule getDefault(ScheduleKind kind) {
        return read(catalog.query(OF_DATABASE), DEFAULT, kind).orElseThrow(() -> notFound(kind));
    }

    /** As the present transaction sees it. */
    Optional<Schedule> latest(UUID databaseId, ScheduleKind kind) {
        return read(catalog.queryInTransaction(OF_DATABASE), databaseId.toString(), kind);
    }

    private Optional<Schedule> read(StatementSpec statement, String databaseId, ScheduleKind kind) {
        return statement
                .param("kind", kind.name())
                .param("databaseId", databaseId)
                .query(this::schedule)
                .optional();
    }

    /** A schedule that this version cannot read: another one wrote it, or it is damaged. Another can be put in its place. */
    public static final class Unreadable extends ProblemException {

        Unreadable(ScheduleKind kind, boolean inherited, RuntimeException cause) {
            super(
                    Problem.of(
                            ProblemCode.WRITTEN_BY_ANOTHER_VERSION,
                            "The %s%s schedule cannot be read by this version: %s"
                                    .formatted(inherited ? "default " : "", kind, cause.getMessage())),
                    cause);
        }
    }

    private Schedule schedule(ResultSet row, int number) throws SQLException {
        boolean inherited = row.getString("database_id").equals(DEFAULT);
        try {
            var timing = new Timing(
                    Cron.parse(row.getString("cron")),
                    ZoneId.of(row.getString("zone")),
                    Duration.ofMillis(row.getLong("jitter")),
                    row.getBoolean("paused"));
            var work = catalog.fromJson(row.getString("work"), ScheduledWork.class);
            return new Schedule(timing, work, inherited);
        } catch (RuntimeException e) { // of the cron expression, the zone or the JSON
            throw new Unreadable(ScheduleKind.valueOf(row.getString("kind")), inherited, e);
        }
    }

    /** Empty also for one that cannot be read, in whose place another is put. */
    private static Optional<Timing> timing(Supplier<Optional<Schedule>> before) {
        try {
            return before.get().map(Schedule::timing);
        } catch (Unreadable e) {
            return Optional.empty();
        }
    }

    /**
     * Gives a database a schedule of its own, in the place of the one of that kind that it had. A due time that has come and was not yet
     * dealt with is kept as long as the timing stays the same.
     */
    public void put(UUID databaseId, Schedule schedule) {
        var kind = schedule.work().kind();
        catalog.inTransaction(() -> {
            var before = timing(() -> latest(databaseId, kind));
            write(databaseId.toString(), schedule);
            if (!before.equals(Optional.of(schedule.timing()))) {
                nextRuns.put(databaseId, kind, next(databaseId, schedule));
            }
            return null;
        });
    }

    /** Gives all databases without a schedule of their own this one. */
    public void putDefault(Schedule schedule) {
        var kind = schedule.work().kind();
        catalog.inTransaction(() -> {
            var before = timing(() -> read(catalog.queryInTransaction(OF_DATABASE), DEFAULT, kind));
            write(DEFAULT, schedule);
            if (!before.equals(Optional.of(schedule.timing()))) {
                nextRuns.removeInherited(kind);
                complete(kind);
            }
            return null;
        });
    }

    private void write(String databaseId, Schedule schedule) {
        var timing = schedule.timing();
        catalog.update("""
                        INSERT INTO schedule (kind, database_id, cron, zone, jitter, paused, work)
                        VALUES (:kind, :databaseId, :cron, :zone, :jitter, :paused, :work)
                        ON CONFLICT (kind, database_id) DO UPDATE SET cron = excluded.cron, zone = excluded.zone,
                            jitter = excluded.jitter, paused = excluded.paused, work = excluded.work
                        """)
                .param("kind", schedule.work().kind().name())
                .param("databaseId", databaseId)
                .param("cron", timing.cron().text())
                .param("zone", timing.zone().getId())
                .param("jitter", timing.jitter().toMillis())
                .param("paused", timing.paused())
                .param("work", catalog.toJson(schedule.work()))
                .update();
    }

    /**
     * Removes the database's own schedule; it has the default then, if there is one.
     *
     * @throws ProblemException SCHEDULE_NOT_FOUND when it has none of its own
     */
    public void remove(Database database, ScheduleKind kind) {
        catalog.inTransaction(() -> {
            if (delete(database.id().toString(), kind) == 0) {
                throw notFound(database, kind);
            }
            nextRuns.remove(database.id(), kind);
            putNext(database.id(), kind);
            return null;
        });
    }

    /** @throws ProblemException SCHEDULE_NOT_FOUND when there is none */
    public void removeDefault(ScheduleKind kind) {
        catalog.inTransaction(() -> {
            if (delete(DEFAULT, kind) == 0) {
                throw notFound(kind);
            }
            nextRuns.removeInherited(kind);
            return null;
        });
    }

    private int delete(String databaseId, ScheduleKind kind) {
        return catalog.update("DELETE FROM schedule WHERE kind = :kind AND database_id = :databaseId")
                .param("kind", kind.name())
                .param("databaseId", databaseId)
                .update();
    }

    /** When it is due next, or was due and is not yet dealt with; empty while it is paused. */
    public Optional<Instant> nextRun(UUID databaseId, Schedule schedule) {
        return nextRuns.find(databaseId, schedule.work().kind()).or(() -> next(databaseId, schedule));
    }

    /** Gives databases that were registered since the time of their next run, and takes it from those that were removed. */
    void complete() {
        nextRuns.removeUnregistered();
        for (var kind : ScheduleKind.values()) {
            if (nextRuns.anyMissing(kind)) {
                catalog.inTransaction(() -> {
                    complete(kind);
                    return null;
                });
            }
        }
    }

    private void complete(ScheduleKind kind) {
        nextRuns.missing(kind).forEach(databaseId -> putNext(databaseId, kind));
    }

    /** When the schedule that is in force is due next. Of one that cannot be read it is soon told that it could not be run. */
    private void putNext(UUID databaseId, ScheduleKind kind) {
        try {
            latest(databaseId, kind).ifPresent(schedule -> nextRuns.put(databaseId, kind, next(databaseId, schedule)));
        } catch (Unreadable e) {
            nextRuns.put(databaseId, kind, Optional.of(clock.instant()));
        }
    }

    /** The next time after the present one, as the present transaction sees it; empty when there is no such schedule any more. */
    @SuppressWarnings("OptionalMapToOptional") // the inner one is of a schedule that is never due again
    Optional<Optional<Instant>> nextAfterNow(UUID databaseId, ScheduleKind kind) {
        try {
            return latest(databaseId, kind).map(schedule -> next(databaseId, schedule));
        } catch (Unreadable e) {
            return Optional.of(Optional.of(clock.instant().plus(UNREADABLE_AGAIN)));
        }
    }

    /** Puts right next times that are later than they can be, because they were computed while the clock was ahead. */
    void bringForward() {
        for (var due : nextRuns.toCome()) {
            nextAfterNow(due.databaseId(), due.kind())
                    .flatMap(next -> next)
                    .filter(earlier -> earlier.isBefore(due.at()))
                    .ifPresent(earlier -> nextRuns.bringForward(due, earlier));
        }
    }

    private Optional<Instant> next(UUID databaseId, Schedule schedule) {
        return schedule.timing().nextAfter(clock.instant(), databaseId);
    }

    private static ProblemException notFound(Database database, ScheduleKind kind) {
        return new ProblemException(Problem.of(
                ProblemCode.SCHEDULE_NOT_FOUND,
                "Database '%s' has no %s schedule of its own".formatted(database.name(), kind)));
    }

    private static ProblemException notFound(ScheduleKind kind) {
        return new ProblemException(
                Problem.of(ProblemCode.SCHEDULE_NOT_FOUND, "There is no default %s schedule".formatted(kind)));
    }
}
