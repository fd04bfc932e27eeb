package dev.afterimage.protection;

import static java.util.stream.Collectors.toMap;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.Drills;
import dev.afterimage.follow.Followers;
import dev.afterimage.jobs.queue.JobKind;
import dev.afterimage.jobs.queue.JobRow;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.recovery.AdoptedRepository;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** How well the databases are protected. That of all of them takes a few queries, whatever their number. */
@Component
public class Protections {

    /** A few looks into indexes per database; a condition follows. */
    private static final String SELECT = """
            SELECT database.id, database.name, database.path, database.given_path, database.node, database.max_age,
                database.max_full_check_age, database.require_copy, good.id AS good_id, good.created_at AS good_at, good.full_check_at, sighting.seen_at,
                CASE WHEN good.created_at > :latest THEN
                    (SELECT max(created_at) FROM snapshot
                     WHERE database_id = database.id AND deleted_at IS NULL
                       AND state = 'AVAILABLE' AND verification <> 'FAILED' AND created_at <= :latest)
                END AS good_before,
                backup.state AS backup_state, backup.kind AS backup_kind, backup.problem AS backup_problem,
                backup.state = 'FAILED' AND EXISTS (
                    SELECT 1 FROM job_database AS concerned CROSS JOIN job ON job.id = concerned.job_id
                    WHERE concerned.database_name = database.name
                      AND kind IN ('BACKUP', 'GROUP_BACKUP') AND state = 'SUCCEEDED'
                      AND job.finished_at > backup.finished_at) AS has_succeeded_since,
                (SELECT state FROM snapshot
                 WHERE database_id = database.id AND deleted_at IS NULL
                 ORDER BY ordered_at DESC, id DESC LIMIT 1) AS newest_state,
                EXISTS (SELECT 1 FROM collapse
                        WHERE database_id = database.id AND acknowledged_at IS NULL) AS collapsed
            FROM database
            LEFT JOIN snapshot AS good ON good.id = (
                SELECT id FROM snapshot
                WHERE database_id = database.id AND deleted_at IS NULL
                  AND state = 'AVAILABLE' AND verification <> 'FAILED'
                ORDER BY ordered_at DESC, id DESC LIMIT 1)
            LEFT JOIN sighting ON sighting.snapshot_id = good.id
            LEFT JOIN job AS backup ON backup.id = (
                SELECT job.id FROM job_database AS concerned CROSS JOIN job ON job.id = concerned.job_id
                WHERE concerned.database_name = database.name
                  AND kind IN ('BACKUP', 'GROUP_BACKUP') AND state IN ('SUCCEEDED', 'FAILED')
                ORDER BY concerned.job_id DESC LIMIT 1)
            """;

    private final Catalog catalog;
    private final Drills drills;
    private final AdoptedRepository repository;
    private final Node node;
    private final ApplicationWatch applications;
    private final CopyAges copies;
    private final Followers followers;
    private final ProtectionSettings settings;
    private final Clock clock;

    public Protections(
            Catalog catalog,
            Drills drills,
            AdoptedRepository repository,
            Node node,
            ApplicationWatch applications,
            CopyAges copies,
            Followers followers,
            ProtectionSettings settings,
            Clock clock) {
        this.catalog = catalog;
        this.drills = drills;
        this.repository = repository;
        this.node = node;
        this.applications = applications;
        this.copies = copies;
        this.followers = followers;
        this.settings = settings;
        this.clock = clock;
    }

    public DatabaseProtection of(Database database) {
        var whyUnusable = whyUnusable();
        var inCopies = copies.at(clock.instant(), List.of(database.id()));
        return catalog
                .query(SELECT + "WHERE database.id = :id")
                .param("id", database.id().toString())
                .param("latest", latest())
                .query((row, number) -> judged(row, whyUnusable, name -> drills.failed(database.id()), inCopies))
                .list()
                .stream()
                .findFirst()
                .orElseThrow();
    }

    /** Of some databases, by their names. */
    public Map<String, DatabaseProtection> of(List<Database> databases) {
        var ids = databases.stream().map(Database::id).toList();
        var inCopies = copies.at(clock.instant(), ids);
        var whyUnusable = whyUnusable();
        var failedDrills = Set.copyOf(drills.failed());
        return catalog
                .query(SELECT + "WHERE database.id IN (SELECT value FROM json_each(:ids))")
                .param("ids", catalog.toJson(ids))
                .param("latest", latest())
                .query((row, number) -> judged(row, whyUnusable, failedDrills::contains, inCopies))
                .list()
                .stream()
                .collect(toMap(DatabaseProtection::database, protection -> protection));
    }

    /** Of all registered databases, by name. */
    public List<DatabaseProtection> all() {
        return all(VisibleDatabases.ALL);
    }

    /** Of those of them that exist for the one who asks. */
    public List<DatabaseProtection> all(VisibleDatabases visible) {
        var whyUnusable = whyUnusable();
        var failedDrills = Set.copyOf(drills.failed());
        var inCopies = copies.at(clock.instant(), null);
        return catalog.query(SELECT + "WHERE database.removed_at IS NULL AND " + VisibleDatabases.CONDITION
                        + "ORDER BY database.name")
                .param("visible", visible.json(catalog))
                .param("latest", latest())
                .query((row, number) -> judged(row, whyUnusable, failedDrills::contains, inCopies))
                .list();
    }

    private @Nullable String whyUnusable() {
        return repository
                .whyAway()
                .map(away -> "The repository is away: " + away.detail())
                .or(() -> repository.whyHeld().map(Problem::detail))
                .orElse(null);
    }

    private DatabaseProtection judged(
            ResultSet row, @Nullable String whyUnusable, Predicate<String> drillFailed, CopyAges.Ages inCopies)
            throws SQLException {
        var name = row.getString("name");
        var facts = new ProtectionFacts(
                name,
                Objects.requireNonNullElse(age(row.getObject("max_age")), settings.maxAge()),
                lastGoodAt(row),
                maxFullCheckAge(row),
                Catalog.instant(row.getObject("full_check_at")),
                row.getObject("require_copy") == null ? settings.requireCopy() : row.getBoolean("require_copy"),
                "QUARANTINED".equals(row.getString("newest_state")),
                JobState.FAILED.name().equals(row.getString("backup_state")) && !row.getBoolean("has_succeeded_since")
                        ? backupProblem(row)
                        : null,
                whyUnusable,
                drillFailed.test(name),
                followers.whyNot(UUID.fromString(row.getString("id"))).orElse(null),
                row.getBoolean("collapsed"),
                hasMoved(row),
                isElsewhere(row));
        var goodId = row.getString("good_id");
        return inCopies.judged(facts.judged(clock.instant()), goodId == null ? null : UUID.fromString(goodId));
    }

    /** Of databases whose files this node sees. Costs no look at a file for those that were registered by a path without links. */
    private boolean hasMoved(ResultSet row) throws SQLException {
        return node.id().toString().equals(row.getString("node"))
                && !DatabasePaths.leadsTo(row.getString("given_path"), row.getString("path"));
    }

    private boolean isElsewhere(ResultSet row) throws SQLException {
        return node.id().toString().equals(row.getString("node")) && applications.isElsewhere(row.getString("path"));
    }

    /** Why a group failed may be about another of its databases, which does not exist for everybody who asks about this one. */
    private Problem backupProblem(ResultSet row) throws SQLException {
        var problem = Objects.requireNonNullElseGet(
                JobRow.problem(catalog, row.getString("backup_problem")),
                () -> Problem.of(ProblemCode.INTERNAL_ERROR, "It is not known why."));
        return JobKind.GROUP_BACKUP.name().equals(row.getString("backup_kind"))
                ? Problem.of(problem.code(), "It was one of a group, see its job.")
                : problem;
    }

    private @Nullable Duration maxFullCheckAge(ResultSet row) throws SQLException {
        var own = age(row.getObject("max_full_check_age"));
        return own == null ? settings.maxFullCheckAge() : own;
    }

    private static @Nullable Duration age(@Nullable Object millis) {
        return millis == null ? null : Duration.ofMillis(((Number) millis).longValue());
    }

    /**
     * A snapshot of which was seen later that it still is the state is as good as one that was taken then. What is later than now was noted
     * by a wrong clock, and counts only where there is nothing else.
     */
    private @Nullable Instant lastGoodAt(ResultSet row) throws SQLException {
        var goodAt = Catalog.instant(row.getObject("good_at"));
        return Stream.of(
                        goodAt,
                        Catalog.instant(row.getObject("seen_at")),
                        Catalog.instant(row.getObject("good_before")))
                .filter(at -> at != null && at.toEpochMilli() <= latest())
                .max(Comparator.naturalOrder())
                .orElse(goodAt);
    }

    private long latest() {
        return clock.millis() + ProtectionFacts.TOLERANCE.toMillis();
    }
}
