package dev.afterimage.protection;

import dev.afterimage.problem.Problem;
import dev.afterimage.protection.DatabaseProtection.Cause;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the catalog knows about how well a database is protected.
 *
 * @param database its name
 * @param maxAge how long ago its last good state may be
 * @param lastGoodAt when it was last known to be in the state of a good snapshot; null for never; later than now only when there is no other
 * @param maxFullCheckAge how long ago the last FULL check of what protects it may be; null for any time
 * @param lastFullCheckAt when that was; null for never, or where it is not known
 * @param requireCopy whether a copy of the repository must have it, which is judged elsewhere
 * @param newestQuarantined whether damage was met in the newest snapshot since the backup that made it
 * @param backupProblem why the last backup failed; null when it did not
 * @param whyUnusable why nothing can be stored in the repository at present: it is away, or another service writes to it; null when it can
 * @param drillFailed whether the last drill failed, and nothing has made up for it
 * @param whyNotFollowed why not every commit is taken although it is to be; null where it is, or need not be
 * @param collapsed whether most of what it held was gone in a snapshot, and nobody has acknowledged that
 * @param moved whether the path under which it was registered leads to another file by now, or nowhere
 * @param elsewhere whether an application has other files than those at the path, or had at the last look
 */
record ProtectionFacts(
        String database,
        Duration maxAge,
        @Nullable Instant lastGoodAt,
        @Nullable Duration maxFullCheckAge,
        @Nullable Instant lastFullCheckAt,
        boolean requireCopy,
        boolean newestQuarantined,
        @Nullable Problem backupProblem,
        @Nullable String whyUnusable,
        boolean drillFailed,
        @Nullable String whyNotFollowed,
        boolean collapsed,
        boolean moved,
        boolean elsewhere) {

    /** By so much the clock of whoever made a snapshot may be ahead. */
    static final Duration TOLERANCE = Duration.ofMinutes(1);

    DatabaseProtection judged(Instant now) {
        if (lastGoodAt == null) {
            var failed = backupProblem == null ? "" : " " + whyItFailed(backupProblem);
            return judged(Protection.UNPROTECTED, Cause.NO_SNAPSHOT, "There is no good snapshot." + failed, null);
        }
        var age = age(lastGoodAt, now);
        if (whyUnusable != null) {
            return judged(Protection.FAILING, Cause.REPOSITORY, whyUnusable, age);
        }
        if (backupProblem != null) {
            return judged(Protection.FAILING, Cause.BACKUP_FAILED, whyItFailed(backupProblem), age);
        }
        if (moved) {
            return judged(
                    Protection.FAILING,
                    Cause.DATABASE_MOVED,
                    "The path as it was given leads to another file now (DATABASE_MOVED): PATCH the database with the"
                            + " path that is meant.",
                    age);
        }
        if (elsewhere) {
            return judged(
                    Protection.FAILING,
                    Cause.APPLICATION_ELSEWHERE,
                    "An application has other files open than those at the path (APPLICATION_ELSEWHERE), so what it commits"
                            + " is in no backup: see the holders of the database.",
                    age);
        }
        if (whyNotFollowed != null) {
            return judged(
                    Protection.FAILING,
                    Cause.NOT_FOLLOWED,
                    "Not every commit is stored (see its follow): " + whyNotFollowed,
                    age);
        }
        if (newestQuarantined) {
            return judged(Protection.FAILING, Cause.SNAPSHOT_QUARANTINED, "The newest snapshot is quarantined.", age);
        }
        if (drillFailed) {
            return judged(
                    Protection.FAILING,
                    Cause.DRILL_FAILED,
                    "The last drill failed, and nothing has made up for it since.",
                    age);
        }
        if (collapsed) {
            return judged(
                    Protection.COLLAPSED,
                    Cause.COLLAPSED,
                    "Most of what the database held was gone in a snapshot, and nobody has acknowledged that.",
                    age);
        }
        if (lastGoodAt.isAfter(now.plus(TOLERANCE))) {
            return judged(
                    Protection.STALE,
                    Cause.CLOCK,
                    "The last good state is later than now: a clock was wrong, its age is unknown.",
                    null);
        }
        if (age.compareTo(maxAge) > 0) {
            return judged(Protection.STALE, Cause.TOO_OLD, "The last good state is older than it may be.", age);
        }
        return isFullCheckTooOld(now)
                ? judged(
                        Protection.STALE,
                        Cause.FULL_CHECK_TOO_OLD,
                        "The last FULL check of what the newest good snapshot is built on is older than it may be, or there was none.",
                        age)
                : judged(Protection.PROTECTED, null, "The last good state is young enough.", age);
    }

    private static String whyItFailed(Problem problem) {
        return "The last backup failed with %s: %s".formatted(problem.code(), problem.detail());
    }

    /** What is noted of a time that is still to come was noted by a wrong clock. */
    private boolean isFullCheckTooOld(Instant now) {
        return maxFullCheckAge != null
                && (lastFullCheckAt == null
                        || lastFullCheckAt.isAfter(now.plus(TOLERANCE))
                        || age(lastFullCheckAt, now).compareTo(maxFullCheckAge) > 0);
    }

    /** A clock that is a little ahead makes nothing younger than new. */
    private static Duration age(Instant then, Instant now) {
        return now.isBefore(then) ? Duration.ZERO : Duration.between(then, now).truncatedTo(ChronoUnit.MILLIS);
    }

    private DatabaseProtection judged(
            Protection protection, @Nullable Cause cause, String reason, @Nullable Duration age) {
        return new DatabaseProtection(
                database,
                protection,
                cause,
                reason,
                lastGoodAt,
                age,
                maxAge,
                lastFullCheckAt,
                maxFullCheckAge,
                requireCopy,
                List.of());
    }
}
